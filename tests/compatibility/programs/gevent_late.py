"""gevent patched after boto3 was imported, and a client of boto3's or this package's made before or after; prints its outcome.

Where only this package was imported before, which imports botocore with the first client, all is well.

`python gevent_late.py boto3|own before|after|without_boto3 PORT BUNDLE`
"""

from __future__ import annotations

import os
import ssl  # noqa: F401 - as gunicorn does
import sys
import warnings

import _setup  # noqa: F401 - first of all

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, RetryPolicy, RunStoppedError, SMSMessage

message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
request = {"MessageConfiguration": message.to_dict(), "Users": {"u": {}}}


def new_client(whose, url):
    if whose == "boto3":
        import boto3

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
    if when != "without_boto3":
        import boto3  # noqa: F401 - and ssl's classes with it
    url = f"https://127.0.0.1:{port}"
    client = new_client(whose, url) if when == "before" else None
    from gevent import monkey

    warnings.simplefilter("ignore", monkey.MonkeyPatchWarning)
    monkey.patch_all()
    try:
        said = send(client or new_client(whose, url))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is printed
        said = "RecursionError" if "recursion" in str(error) else repr(error)
    os.write(1, said.encode())
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
