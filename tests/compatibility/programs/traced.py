"""A tracer's program: every request of ours, whichever way it goes, comes out as boto3's own call does.

`python traced.py TRACER WHEN` starts TRACER before the first request, or between the first and the others (`late`). It prints
one line a call: the way, how the tracer saw its request, and which headers the tracer added.
"""

from __future__ import annotations

import importlib
import json
import sys

import _setup  # noqa: F401 - first of all
from peer import Peer

MESSAGE = {"SMSMessage": {"Body": "hello"}}


def names_of(head):
    """The headers of a request, by name, that boto3 doesn't send by itself."""
    names = {line.split(":")[0].lower() for line in head.decode("latin-1").split("\r\n")[1:] if line}
    usual = {"host", "content-type", "user-agent", "content-length", "authorization", "accept-encoding"}
    return sorted(name for name in names - usual if not name.startswith(("x-amz-", "amz-sdk-")) or name == "x-amzn-trace-id")


def main(tracer_name, when):
    tracer = importlib.import_module(f"{tracer_name}_tracer")
    if when == "first":
        tracer.start()
    import boto3

    from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, SendUsersMessageRequest

    with Peer() as peer:
        url = f"http://127.0.0.1:{peer.port}"
        message = DirectMessageConfiguration.from_dict(MESSAGE)
        request = SendUsersMessageRequest(message_configuration=message, users={"u": EndpointSendConfiguration()})
        boto = boto3.client("pinpoint", endpoint_url=url)

        def directly():
            boto.send_users_messages(
                ApplicationId="app", SendUsersMessageRequest={"MessageConfiguration": MESSAGE, "Users": {"u": {}}}
            )

        with PinpointUsers("app", endpoint_url=url) as own, PinpointUsers("app", client=boto) as around:
            ways = {"boto3": directly}
            for name, pinpoint in {"own": own, "client": around}.items():
                ways |= {
                    f"{name}, send": lambda pinpoint=pinpoint: pinpoint.send(message, ["u"]).raise_for_failures(),
                    f"{name}, stream": lambda pinpoint=pinpoint: list(pinpoint.stream(message, ["u"])),
                    f"{name}, one request": lambda pinpoint=pinpoint: pinpoint.send_users_messages(request),
                }
            if when == "late":
                for call in ways.values():
                    call()
                tracer.start()
            for name, call in ways.items():
                before = len(peer.heads)
                seen = tracer.trace(call)
                headers = [names_of(head) for head in peer.heads[before:]]
                sys.stdout.write(json.dumps([name, seen, headers]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
