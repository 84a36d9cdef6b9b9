"""Answers that say something else than what was done: other statuses, users or members too many or missing.

An endpoint is left out beside another one only where both got the message. A request names users, so that no client can tell
that an endpoint is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any, TypeAlias

Answer: TypeAlias = dict[str, Any]

MALFORMED = (
    b"{",
    b'{"ApplicationId": "local-application", "Result": {"u-1": {',
    b"[]",
    b'"done"',
    b"null",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"Result": []}',
    b'{"Result": {"u-1": "SUCCESSFUL", "u-2": 200}, "EndpointResult": 5}',
    b"{'Result': {}}",
)
"""Bodies that are no answer."""

_STATUSES = ("TIMEOUT", "QUEUED", "successful", "")
_STRANGER = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "Address": "+12065550100", "MessageId": "m"}


def results(answer: Answer) -> Iterator[tuple[dict[str, Any], str]]:
    """Every endpoint's result, as the object that holds it and its key there."""
    for holder in [*answer.get("Result", {}).values(), answer.get("EndpointResult", {})]:
        for endpoint_id in list(holder):
            yield holder, endpoint_id


def name_other_statuses(random: Random, answer: Answer) -> Answer:
    for holder, endpoint_id in results(answer):
        if random.random() < 0.3:
            holder[endpoint_id]["DeliveryStatus"] = random.choice(_STATUSES)
    return answer


def say_more(random: Random, answer: Answer) -> Answer:
    more = random.choice([None, 5, "more", [], {"More": ["of", {"that": 1.5}]}])
    for holder, endpoint_id in results(answer):
        holder[endpoint_id]["NewMember"] = more
    return {"NewMember": more, **answer}


def leave_out_members(random: Random, answer: Answer) -> object:
    for holder, endpoint_id in results(answer):
        member = random.choice(["Address", "DeliveryStatus", "MessageId", "StatusCode", "StatusMessage"])
        if random.random() < 0.3:
            holder[endpoint_id].pop(member, None)
        elif random.random() < 0.1:
            holder[endpoint_id][member] = None
    for user in answer.get("Result", {}).values():
        if random.random() < 0.1 and all(result.get("DeliveryStatus") == "SUCCESSFUL" for result in user.values()):
            del user[random.choice(list(user))]
    for member in ("ApplicationId", "RequestId", "Result", "EndpointResult"):
        if random.random() < 0.15:
            answer.pop(member, None)
    return answer


def leave_out_users(random: Random, answer: Answer) -> Answer:
    for holder in (answer.get("Result", {}), answer.get("EndpointResult", {})):
        for key in list(holder):
            if random.random() < 0.2:
                if random.random() < 0.5:
                    del holder[key]
                else:
                    holder[key] = random.choice([None, {}])
    return answer


def name_other_users(random: Random, answer: Answer) -> Answer:
    strangers = [f"stranger-{random.randrange(10**6)}" for _ in range(random.randint(1, 5))]
    for member in ("Result", "EndpointResult"):
        if member in answer:
            more: dict[str, Any] = {name: {"e": _STRANGER} if member == "Result" else _STRANGER for name in strangers}
            answer[member] = json.loads(json.dumps({**more, **answer[member]}))
    return answer
