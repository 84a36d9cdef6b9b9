"""Users, messages, and a transport that looks on."""

from __future__ import annotations

import json
from collections import Counter

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage, Transport

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
PERSONAL = DirectMessageConfiguration(sms_message=SMSMessage(body="Your code is {{code}}"))


class Watched(Transport):
    """The embedded service's transport, which keeps the requests, and does something before the first one."""

    def __init__(self, local, before=lambda: None):
        self.local = local
        self.before = before
        self.requests = []

    def post(self, operation, application_id, body):
        request = json.loads(body)
        self.requests.append({**request})
        if len(self.requests) == 1:
            self.before()
        request.pop("TemplateConfiguration", None)  # the embedded service has no such template
        return self.local.transport.post(operation, application_id, json.dumps(request).encode())

    def client(self):
        return PinpointUsers(self.local.application_id, transport=self, concurrency=1)


def users(number):
    return (f"u-{one}" for one in range(number))


def got(local):
    return Counter(delivery.endpoint_id for delivery in local.deliveries())
