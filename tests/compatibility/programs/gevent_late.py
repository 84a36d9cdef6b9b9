"""gevent patched after `ssl` was imported and, with boto3 or this package, a client made before or after; prints what came of it.

`python gevent_late.py boto3|own before|after PORT BUNDLE`
"""

from __future__ import annotations

import os
import sys
import warnings

import _setup  # noqa: F401 - first of all
import boto3

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, RetryPolicy, RunStoppedError, SMSMessage

message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
request = {"MessageConfiguration": message.to_dict(), "Users": {"u": {}}}


def new_client(whose, url):
    if whose == "boto3":
        return boto3.client("pinpoint", endpoint_url=url)
    return PinpointUsers("app", endpoint_url=url, retry=RetryPolicy(max_attempts=1))


def send(client):
    if not isinstance(client, PinpointUsers):
        client.send_users_messages(ApplicationId="app", SendUsersMessageRequest=request)
        return "sent"
    try:
        report = client.send(message, ["u"])
    except RunStoppedError as error:
        report = error.report
    return str(report.users["u"].outcome)


def main(whose, when, port, bundle):
    os.environ["AWS_CA_BUNDLE"] = bundle
    url = f"https://127.0.0.1:{port}"
    client = new_client(whose, url) if when == "before" else None
    from gevent import monkey

    warnings.simplefilter("ignore", monkey.MonkeyPatchWarning)
    monkey.patch_all()
    try:
        said = send(client or new_client(whose, url))
    except Exception as error:
        said = "RecursionError" if "recursion" in str(error) else repr(error)
    os.write(1, said.encode())
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
