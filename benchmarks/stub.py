"""A server that answers as Pinpoint does, so cheaply that the client's work is what a benchmark measures.

`python -m benchmarks.stub` prints the port that the system gave it, and serves until its standard input is closed; with
`--delay 0.1`, answers come a tenth of a second after their requests, as from far away. Every user of a request gets two results
of the size of AWS's, 47 kB for 100 users. It reads no JSON: users and endpoints are found by how the benchmarks name them.
`GET /stats` tells how much it has answered, and how long it has worked.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import re
import socket
import sys
import threading
import time
from functools import partial
from typing import cast

_USER = re.compile(rb'"(u-[0-9]{7})":')
_ADDRESS = re.compile(rb'"(token-of-u-[0-9]{7}-[a-z]+|\+1[0-9]{10})": ?\{')
_MAILBOX = re.compile(rb'"(u-[0-9]{7}-at-[a-z]{4}@example\.com)"')
_ENDPOINT = re.compile(rb'"(endpoint-of-u-[0-9]{7}-by-[a-z]{3,4})":')
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)

_MESSAGE_ID = b"7qu4m2o0k1t9%bcd8v3lap5x6wz"
_RESULT = (
    b'"endpoint-of-%%b-by-%b":{"Address":"%b","DeliveryStatus":"SUCCESSFUL","MessageId":"' + _MESSAGE_ID + b'",'
    b'"StatusCode":200,"StatusMessage":"MessageId: ' + _MESSAGE_ID + b'"}'
)
_PLACES = b"%b", b"%b"
_OF_A_USER = b'"%b":{' + b",".join(
    [_RESULT % (b"sms", b"+12065550100", *_PLACES), _RESULT % (b"mail", b"somebody.else@example.com", *_PLACES)]
) + b"}"  # fmt: skip
_OF_AN_ENDPOINT = _RESULT.replace(b"endpoint-of-%%b-by-%b", b"%%b") % (b"+12065550100", *_PLACES)
_OF_AN_ADDRESS = _RESULT.replace(b"endpoint-of-%%b-by-%b", b"%%b").replace(b'"Address":"%b",', b"") % _PLACES
_OF_A_MAILBOX = b'{"Status":"SUCCESS","MessageId":"0102018f0c6d7e8a-3b1c2d4e-5f60-7182-93a4-b5c6d7e8f901-000000"}'
_HEAD = (
    b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    b"x-amzn-RequestId: 01234567-89ab-cdef-0123-456789abcdef\r\n\r\n"
)
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux alone has it


def _answer(application_id: bytes, member: bytes, template: bytes, ids: list[bytes]) -> bytes:
    places = template.count(b"%b")
    results = b",".join([template] * len(ids)) % tuple(found for found in ids for _ in range(places))
    return b'{"ApplicationId":"%b","RequestId":"r-1","%b":{%b}}' % (application_id, member, results)


def answer_for(user_ids: list[bytes]) -> bytes:
    """The answer to a request for some users."""
    return _answer(b"0123456789abcdef0123456789abcdef", b"Result", _OF_A_USER, user_ids)


class _Served:
    """What the server has done so far."""

    requests = 0
    users = 0
    endpoints = 0


class _Connection(asyncio.Protocol):
    """One connection: requests one after the other, each with a length.

    Args:
        delay: Seconds until a request is answered.
    """

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._socket: socket.socket = transport.get_extra_info("socket")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._received[:end])
            length = _LENGTH.search(head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < size:
                break
            body = bytes(self._received[end + 4 : size])
            del self._received[:size]
            status, answer = _respond(head.split(b" ", 2)[1], body)
            # In one piece, so that no packet waits for another to be acknowledged.
            whole = _HEAD % (status, b"OK" if status == 200 else b"Bad Request", len(answer)) + answer
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._transport.write, whole)
            else:
                self._transport.write(whole)
        if self._received and _QUICKACK is not None:
            # A client that sends head and body apart, with Nagle's algorithm on, waits for the head to be acknowledged.
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


def _respond(path: bytes, body: bytes) -> tuple[int, bytes]:
    if path == b"/stats":
        served = {name: getattr(_Served, name) for name in ("requests", "users", "endpoints")}
        return 200, json.dumps({**served, "cpu": time.process_time()}).encode()
    if path == b"/v2/email/outbound-bulk-emails" and (mailboxes := _MAILBOX.findall(body)):
        _Served.endpoints += len(mailboxes)
        return 200, b'{"BulkEmailEntryResults":[%b]}' % b",".join([_OF_A_MAILBOX] * len(mailboxes))
    application_id, _, operation = path.removeprefix(b"/v1/apps/").partition(b"/")
    _Served.requests += 1
    if operation == b"users-messages" and (users := _USER.findall(body)):
        _Served.users += len(users)
        return 200, _answer(application_id, b"Result", _OF_A_USER, users)
    if operation == b"messages" and (endpoints := _ENDPOINT.findall(body)):
        _Served.endpoints += len(endpoints)
        return 200, _answer(application_id, b"EndpointResult", _OF_AN_ENDPOINT, endpoints)
    if operation == b"messages" and (addresses := _ADDRESS.findall(body)):
        _Served.endpoints += len(addresses)
        return 200, _answer(application_id, b"Result", _OF_AN_ADDRESS, addresses)
    return 400, b'{"Message":"no user, endpoint or address of the benchmarks is in the request","RequestID":"r-1"}'


async def _serve(delay: float) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    server = await loop.create_server(partial(_Connection, delay), "127.0.0.1", 0, family=socket.AF_INET)

    def wait_for_the_end() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await over.wait()


if __name__ == "__main__":
    gc.disable()  # it makes no cycles
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until a request is answered")
    asyncio.run(_serve(parser.parse_args().delay))
