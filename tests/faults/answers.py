"""Answers that say something else than what was done: other statuses, users or members too many or missing.

Of a user whom Pinpoint looks up, an endpoint is left out beside another one only where both got the message: the request names
users, so that no client can tell that an endpoint is missing. Where it names addresses, any may be left out.
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


def results(answer: Answer) -> Iterator[tuple[Any, Any]]:
    """Every endpoint's result, as what holds it and its key there."""
    told = answer.get("Result", {})
    for key, value in list(told.items()):
        if "DeliveryStatus" in value:
            yield told, key
        else:
            yield from ((value, endpoint_id) for endpoint_id in list(value))
    for endpoint_id in list(answer.get("EndpointResult", {})):
        yield answer["EndpointResult"], endpoint_id
    bulk = answer.get("BulkEmailEntryResults", [])
    yield from ((bulk, index) for index in range(len(bulk)))
    if "MessageId" in answer:
        yield {"": answer}, ""


def name_other_statuses(random: Random, answer: Answer) -> Answer:
    for holder, key in results(answer):
        result = holder[key]
        if random.random() < 0.3:
            member = next(name for name in ("DeliveryStatus", "Status", "MessageId") if name in result)
            result[member] = None if member == "MessageId" else random.choice(_STATUSES)
    return answer


def say_more(random: Random, answer: Answer) -> Answer:
    more = random.choice([None, 5, "more", [], {"More": ["of", {"that": 1.5}]}])
    for holder, endpoint_id in results(answer):
        holder[endpoint_id]["NewMember"] = more
    return {"NewMember": more, **answer}


def leave_out_members(random: Random, answer: Answer) -> object:
    for holder, endpoint_id in results(answer):
        of_pinpoint = "DeliveryStatus" in holder[endpoint_id]
        member = random.choice(
            ["Address", "DeliveryStatus", "MessageId", "StatusCode", "StatusMessage"]
            if of_pinpoint
            else ["Status", "MessageId"]
        )
        if random.random() < 0.3:
            holder[endpoint_id].pop(member, None)
        elif random.random() < 0.1:
            holder[endpoint_id][member] = None
    for user in answer.get("Result", {}).values():
        is_whole = user and all(isinstance(each, dict) and each.get("DeliveryStatus") == "SUCCESSFUL" for each in user.values())
        if random.random() < 0.1 and is_whole:
            del user[random.choice(list(user))]
    for member in ("ApplicationId", "RequestId", "Result", "EndpointResult", "BulkEmailEntryResults"):
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
    bulk = answer.get("BulkEmailEntryResults", [])
    for index in reversed(range(len(bulk))):
        if random.random() < 0.05:
            if random.random() < 0.5:
                del bulk[index]
            else:
                bulk[index] = random.choice([None, {}])
    return answer


def name_other_users(random: Random, answer: Answer) -> Answer:
    strangers = [f"stranger-{random.randrange(10**6)}" for _ in range(random.randint(1, 5))]
    for member in ("Result", "EndpointResult"):
        if member in answer:
            more: dict[str, Any] = {name: {"e": _STRANGER} if member == "Result" else _STRANGER for name in strangers}
            answer[member] = json.loads(json.dumps({**more, **answer[member]}))
    if "BulkEmailEntryResults" in answer and random.random() < 0.3:
        answer["BulkEmailEntryResults"].append({"Status": "SUCCESS", "MessageId": "m"})
    return answer
