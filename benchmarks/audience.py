"""The users and the message that all sides send: the same rows, found by number, with three variables each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle, islice

APPLICATION_ID = "0123456789abcdef0123456789abcdef"
USERS_A_REQUEST = 100

_SEED = 20_161_201
_random = random.Random(_SEED)
_NAMES = ["".join(_random.choices("abcdefghijklmnopqrstuvwxyz", k=_random.randint(3, 12))).title() for _ in range(997)]
_ORDERS = [f"A{_random.randrange(10**8):08}" for _ in range(1_009)]
_CODES = [f"{_random.randrange(10**6):06}" for _ in range(1_013)]

Row = tuple[str, str, str, str]
"""One user as a program has it from a file or a database: ID, name, order, code."""


def rows(first: int, count: int) -> Iterator[Row]:
    """Users by number, made as they are asked for, and so cheaply that they don't blur what is measured."""
    columns = [islice(cycle(column), first % len(column), None) for column in (_NAMES, _ORDERS, _CODES)]
    return zip(map("u-%07d".__mod__, range(first, first + count)), *columns, strict=False)


def row(number: int) -> Row:
    """One user by number."""
    return f"u-{number:07}", _NAMES[number % len(_NAMES)], _ORDERS[number % len(_ORDERS)], _CODES[number % len(_CODES)]


def batches(first: int, count: int) -> Iterator[list[Row]]:
    """Users by number, by as many as one request holds."""
    left = rows(first, count)
    while batch := list(islice(left, USERS_A_REQUEST)):
        yield batch


STORED = 10_000
"""Users whose addresses are looked up."""
_TOKEN = "".join(_random.choices("abcdefghijklmnopqrstuvwxyz", k=130))


def apps_and_phones(number: int) -> list[tuple[str, str]]:
    """A user's device token and phone number, each with its channel."""
    return [("GCM", f"token-of-u-{number:07}-{_TOKEN}"), ("SMS", f"+1206{number:07}")]


def mailboxes(number: int) -> list[tuple[str, str]]:
    """A user's two addresses of e-mail, each with its channel."""
    return [("EMAIL", f"u-{number:07}-at-{place}@example.com") for place in ("home", "work")]


TEXT = "Dear {{name}}, your order {{order}} has left our house and is on its way to you. Its code is {{code}}."
HTML = f"<html><body><p>{TEXT}</p></body></html>"

MESSAGE = {
    "APNSMessage": {"Title": "On its way", "Body": TEXT, "Sound": "default", "Action": "OPEN_APP"},
    "EmailMessage": {
        "SimpleEmail": {
            "Subject": {"Data": "Order {{order}}", "Charset": "UTF-8"},
            "TextPart": {"Data": TEXT, "Charset": "UTF-8"},
            "HtmlPart": {"Data": HTML, "Charset": "UTF-8"},
        }
    },
    "GCMMessage": {"Title": "On its way", "Body": TEXT, "Priority": "high"},
    "SMSMessage": {"Body": TEXT, "MessageType": "TRANSACTIONAL", "SenderId": "SHOP"},
}
"""The message for many users, over four channels, in AWS's shape."""

TO_APPS_AND_PHONES = {channel: content for channel, content in MESSAGE.items() if channel in {"GCMMessage", "SMSMessage"}}
"""The same by push and SMS alone."""
FROM = "shop@example.com"

ONE_TIME_PASSWORD = {"SMSMessage": {"Body": "Your code is {{code}}", "MessageType": "TRANSACTIONAL"}}
"""The message for one user, in AWS's shape."""
