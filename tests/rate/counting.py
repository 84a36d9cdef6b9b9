"""A message, users, and a service that counts."""

from __future__ import annotations

import json

from pinpoint_users import DirectMessageConfiguration, SMSMessage, Transport

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


class Counting(Transport):
    """Takes any request, in real time."""

    def __init__(self):
        self.requests = 0
        self.before_post = lambda: None

    def post(self, operation, application_id, body):
        self.requests += 1
        self.before_post()
        users = json.loads(body)["Users"]
        return json.dumps({"ApplicationId": application_id, "Result": {user: {} for user in users}}).encode()


def users(count):
    return (f"u-{number}" for number in range(count))


def forever():
    number = 0
    while True:
        number += 1
        yield f"u-{number}"
