"""Mistakes with users and their variables."""

from __future__ import annotations

import csv
import io
import math
import uuid
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from mistakes.common import MESSAGE, OWN, send

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, SendUsersMessageRequest, SMSMessage

ROWS = "id,name\nu-1,Ann\n"
NOT_OF_ITS_OWN = "must be an EndpointSendConfiguration, not dict: write"
VARIABLES = 'EndpointSendConfiguration(substitutions={"name": ["Ann"]})'
NOT_A_USER = "must be a user ID or a pair of an ID and an EndpointSendConfiguration, not"
AS_PAIR = 'write (row["id"], EndpointSendConfiguration(substitutions={"name": [row["name"]]}))'
AS_PAIR_OF_LIST = 'write (row[0], EndpointSendConfiguration(substitutions={"name": [row[1]]}))'
AS_PAIR_OF_OBJECT = 'write (row.id, EndpointSendConfiguration(substitutions={"name": [row.name]}))'
MISSING = "it stands for no value, as in pandas"
SUBSTITUTIONS = "EndpointSendConfiguration: substitutions"


def configure(**values):
    return lambda _: EndpointSendConfiguration(**values)


async def _nobody():
    yield "u-1"


class _Fetching:
    def __await__(self):
        return iter(())


@dataclass
class _Customer:
    id: str
    name: str


class _Row(NamedTuple):
    id: str
    name: str
    number: int


class DataFrame(dict):
    """As of pandas and Polars."""


class ndarray(list):  # noqa: N801 - as of numpy
    pass


class NAType:
    """As of pandas."""

    def __repr__(self):
        return "<NA>"


MISTAKES = {
    # --- users
    "one ID": (
        send(MESSAGE, "u-1"),
        'users: users: must be user IDs, pairs or a mapping, not str: for one user, write ["user-id"]',
    ),
    "no users": (
        send(MESSAGE, None),
        'users: users: must be user IDs, pairs or a mapping, not None: for one user, write ["user-id"]',
    ),
    "users first": (
        send(["u-1"], MESSAGE),
        (
            "users: users: must be user IDs, pairs or a mapping, not DirectMessageConfiguration: "
            "the message comes first, send(message, users)"
        ),
    ),
    "a function that isn't called": (
        send(MESSAGE, lambda: ["u-1"]),
        "users: users: must be user IDs, pairs or a mapping, not function: call it, and hand in what it returns",
    ),
    "an async iterable": (
        lambda pinpoint: pinpoint.send(MESSAGE, _nobody()),
        (
            "users: users: must be user IDs, pairs or a mapping, not async_generator: "
            "an async iterable is read by AsyncPinpointUsers alone, `await pinpoint.send(message, users)`"
        ),
    ),
    "what isn't awaited": (
        lambda pinpoint: pinpoint.stream(MESSAGE, _Fetching()),
        "users: users: must be user IDs, pairs or a mapping, not _Fetching: await it, and hand in what it returns",
    ),
    "a number as an ID": (send(MESSAGE, [17]), "users: users[0]: a user ID must be a string, not int: write str(…)"),
    "a UUID as an ID": (
        send(MESSAGE, [uuid.UUID(int=17)]),
        "users: users[0]: a user ID must be a string, not UUID: write str(…)",
    ),
    "a number as a key": (send(MESSAGE, {17: OWN}), "users: users[17]: a user ID must be a string, not int: write str(…)"),
    "a number in a pair": (send(MESSAGE, [(17, OWN)]), "users: users[0]: a user ID must be a string, not int: write str(…)"),
    "a UUID as a key": (
        send(MESSAGE, {uuid.UUID(int=17): OWN}),
        "users: users[UUID('00000000-0000-0000-0000-000000000011')]: a user ID must be a string, not UUID: write str(…)",
    ),
    "a number as a key of a request": (
        lambda _: SendUsersMessageRequest(message_configuration=MESSAGE, users={17: OWN}),
        "SendUsersMessageRequest: users[17]: a key must be a string, not int: write str(…)",
    ),
    "UUIDs from a generator": (
        send(MESSAGE, (each for each in [uuid.UUID(int=17)])),
        "the run stopped: users: users[0]: a user ID must be a string, not UUID: write str(…)\nthe report has 0 users",
    ),
    "variables in a plain dict": (
        send(MESSAGE, {"u-1": {"name": ["Ann"]}}),
        f"users: users['u-1']: {NOT_OF_ITS_OWN} {VARIABLES}",
    ),
    "a variable's value alone": (
        send(MESSAGE, {"u-1": "Ann"}),
        f"users: users['u-1']: must be an EndpointSendConfiguration, not str: write {VARIABLES}",
    ),
    "an empty dict": (send(MESSAGE, {"u-1": {}}), f"users: users['u-1']: {NOT_OF_ITS_OWN} {VARIABLES}"),
    "a pair with a plain dict": (
        send(MESSAGE, [("u-1", {"name": ["Ann"]})]),
        f"users: users[0]: of user 'u-1': {NOT_OF_ITS_OWN} {VARIABLES}",
    ),
    "plain dicts in a request": (
        lambda _: SendUsersMessageRequest(message_configuration=MESSAGE, users={"u-1": {"name": ["Ann"]}, "u-2": {}}),
        (
            "SendUsersMessageRequest has 2 faults:\n"
            f"  users['u-1']: must be EndpointSendConfiguration, not dict: write {VARIABLES}\n"
            f"  users['u-2']: must be EndpointSendConfiguration, not dict: write {VARIABLES}"
        ),
    ),
    "AWS's shape of a user": (
        send(MESSAGE, {"u-1": {"Substitutions": {"name": ["Ann"]}}}),
        (
            "users: users['u-1']: must be an EndpointSendConfiguration, not dict: "
            "EndpointSendConfiguration.from_dict(…) reads AWS's shape"
        ),
    ),
    "fields of a user": (
        send(MESSAGE, {"u-1": {"substitutions": {"name": ["Ann"]}}}),
        f"users: users['u-1']: {NOT_OF_ITS_OWN} EndpointSendConfiguration(**value)",
    ),
    "None for a user": (
        send(MESSAGE, {"u-1": None}),
        (
            "users: users['u-1']: must be an EndpointSendConfiguration, not None: "
            "write EndpointSendConfiguration() for a user who has nothing of its own"
        ),
    ),
    "a row of a CSV file": (
        send(MESSAGE, list(csv.DictReader(io.StringIO(ROWS)))),
        f"users: users[0]: {NOT_A_USER} dict: {AS_PAIR}",
    ),
    "a CSV file": (
        send(MESSAGE, csv.DictReader(io.StringIO(ROWS))),
        f"the run stopped: users: users[0]: {NOT_A_USER} dict: {AS_PAIR}\nthe report has 0 users",
    ),
    "a list of a CSV file": (
        send(MESSAGE, [["u-1", "Ann"]]),
        f"users: users[0]: {NOT_A_USER} list: {AS_PAIR_OF_LIST}",
    ),
    "None as a user": (send(MESSAGE, [None]), f"users: users[0]: {NOT_A_USER} None"),
    "a row of an array": (send(MESSAGE, [ndarray()]), f"users: users[0]: {NOT_A_USER} ndarray: {AS_PAIR_OF_LIST}"),
    "a row of three columns": (send(MESSAGE, [("u-1", "Ann", 5)]), f"users: users[0]: {NOT_A_USER} tuple: {AS_PAIR_OF_LIST}"),
    "an object": (send(MESSAGE, [_Customer("u-1", "Ann")]), f"users: users[0]: {NOT_A_USER} _Customer: {AS_PAIR_OF_OBJECT}"),
    "a row of a table": (send(MESSAGE, [_Row("u-1", "Ann", 5)]), f"users: users[0]: {NOT_A_USER} _Row: {AS_PAIR_OF_OBJECT}"),
    "a table": (
        send(MESSAGE, DataFrame({"user_id": ["u-1"]})),
        (
            "users: users: must be user IDs, pairs or a mapping, not DataFrame: "
            'for the IDs in a column, write frame["user_id"], or hand in a pair for each row'
        ),
    ),
    "a number of numpy's": (
        send(MESSAGE, [Fraction(17)]),
        "users: users[0]: a user ID must be a string, not Fraction: write str(…)",
    ),
    "a number of a column that has an empty cell": (
        send(MESSAGE, [17.0]),
        "users: users[0]: a user ID must be a string, not float: write str(int(…))",
    ),
    "an empty cell": (
        send(MESSAGE, [math.nan]),
        f"users: users[0]: a user ID must be a string, not float: {MISSING}: leave it out",
    ),
    "an empty cell of another kind": (
        send(MESSAGE, [NAType()]),
        f"users: users[0]: a user ID must be a string, not NAType: {MISSING}: leave it out",
    ),
    "many IDs that are numbers": (
        send(MESSAGE, range(100)),
        "users has 100 faults:"
        + "".join(f"\n  users[{index}]: a user ID must be a string, not int: write str(…)" for index in range(5))
        + "\n  … and 95 more",
    ),
    "a number after others": (
        send(MESSAGE, iter([*(f"u-{number}" for number in range(150)), 17])),
        (
            "the run stopped: users: users[150]: a user ID must be a string, not int: write str(…)\n"
            "the report has 150 users: 100 SUCCESSFUL, 50 NOT_SENT"
        ),
    ),
    "results as users": (
        lambda pinpoint: pinpoint.send(MESSAGE, pinpoint.send(MESSAGE, ["u-1"]).successful),
        f"users: users[0]: {NOT_A_USER} UserResult: write its user_id",
    ),
    # --- variables
    "a number": (
        configure(substitutions={"count": 5}),
        f"{SUBSTITUTIONS}['count']: must be a list of strings, not int: write [str(value)], such as \"5\" for 5",
    ),
    "a number in a list": (
        configure(substitutions={"count": [5]}),
        f"{SUBSTITUTIONS}['count'][0]: must be a string, not int: write str(value), such as \"5\" for 5",
    ),
    "a dict as a value": (
        configure(substitutions={"order": {"id": "17"}}),
        (
            f"{SUBSTITUTIONS}['order']: must be a list of strings, not dict: give each of its values a variable of its own, "
            "or write [json.dumps(value)] for its JSON as text"
        ),
    ),
    "a string as a value": (
        configure(substitutions={"name": "Ann"}),
        f'{SUBSTITUTIONS}[\'name\']: must be a list of strings, not a string: write {{"name": ["…"]}}',
    ),
    "a set as a value": (
        configure(substitutions={"name": {"Ann"}}),
        f"{SUBSTITUTIONS}['name']: must be a list of strings, not set: write a flat list of strings, [\"…\"]",
    ),
    "None as a value": (
        configure(substitutions={"name": [None]}),
        f"{SUBSTITUTIONS}['name'][0]: must be a string, not None: leave the variable out, or write \"\" for an empty text",
    ),
    "an empty cell as a value": (
        configure(substitutions={"name": [math.nan]}),
        f"{SUBSTITUTIONS}['name'][0]: must be a string, not float: {MISSING}: "
        'leave the variable out, or write "" for an empty text',
    ),
    "pairs as variables": (
        configure(substitutions=[("name", "Ann")]),
        f'{SUBSTITUTIONS}: must be a mapping, not list: write {{"name": ["…"]}}',
    ),
    "a variable as a keyword": (
        configure(name=["Ann"]),
        (
            "EndpointSendConfiguration: name: no field of EndpointSendConfiguration; allowed: body_override, context, "
            'raw_content, substitutions, title_override; a variable is written substitutions={"name": ["Ann"]}'
        ),
    ),
    "substitution= for substitutions=": (
        configure(substitution={"name": ["Ann"]}),
        (
            "EndpointSendConfiguration: substitution: no field of EndpointSendConfiguration; allowed: body_override, context, "
            "raw_content, substitutions, title_override; did you mean substitutions?"
        ),
    ),
    "a variable without a value": (
        lambda pinpoint: pinpoint.send_users_messages(
            SendUsersMessageRequest(
                message_configuration=DirectMessageConfiguration(sms_message=SMSMessage(body="{{code}}")), users={"u-1": OWN}
            )
        ),
        (
            "SendUsersMessageRequest: users['u-1'].substitutions: lacks 'code', which the text uses as {{code}}: give it "
            'a value, or send with missing_variables="empty", which leaves it out'
        ),
    ),
}
