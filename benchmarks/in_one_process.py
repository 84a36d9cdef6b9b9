"""What needs no server: building users, and reading answers. Both sides in one process, taking turns.

`python -m benchmarks.in_one_process building 7` prints each side's CPU times in seconds, for 100 users.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import botocore.loaders
import botocore.model
import botocore.parsers

from benchmarks import stub
from benchmarks.audience import APPLICATION_ID, USERS_A_REQUEST, rows
from benchmarks.sides.ours import configuration_for, message
from benchmarks.timing import take_turns
from pinpoint_users import DeliveryStatus, EndpointSendConfiguration, SendUsersMessageRequest, SendUsersMessageResponse

_TIMES = 100

_ROWS = list(rows(0, USERS_A_REQUEST))


def _cpu(work: Callable[[], object]) -> float:
    """CPU time of a piece of work, in seconds."""
    began = time.process_time()
    for _ in range(_TIMES):
        work()
    return (time.process_time() - began) / _TIMES


def _users_of_dicts() -> object:
    return {
        user_id: {"Substitutions": {"name": [name], "order": [order], "code": [code]}} for user_id, name, order, code in _ROWS
    }


def _our_users() -> object:
    return {
        user_id: EndpointSendConfiguration(substitutions={"name": [name], "order": [order], "code": [code]}).to_dict()
        for user_id, name, order, code in _ROWS
    }


def _our_request() -> object:
    users = {user[0]: configuration_for(user) for user in _ROWS}
    return SendUsersMessageRequest(message_configuration=message, users=users).to_dict()


def _building() -> dict[str, Callable[[], object]]:
    return {"dicts": _users_of_dicts, "ours": _our_users, "ours, as a request": _our_request}


def _our_statuses(parsed: Any) -> int:
    result = SendUsersMessageResponse.from_dict(parsed).result or {}
    return sum(
        endpoint.delivery_status is DeliveryStatus.SUCCESSFUL
        for endpoints in result.values()
        for endpoint in endpoints.values()
    )


def _reading() -> dict[str, Callable[[], object]]:
    """From the answer's bytes, and from what boto3's own parser has made of them."""
    peer = importlib.import_module("benchmarks.sides.dataclass_pinpoint")
    answer = stub.answer_for([user[0].encode() for user in _ROWS])
    model = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("pinpoint", "service-2"))
    shape = model.operation_model("SendUsersMessages").output_shape
    parse = botocore.parsers.create_parser("rest-json").parse
    response = {"status_code": 200, "headers": {}, "body": answer, "context": {}}
    parsed = parse(response, shape)
    sides: dict[str, Callable[[], int]] = {
        "boto3-dataclass-pinpoint": lambda: peer.successful(parse(response, shape)),
        "ours": lambda: _our_statuses(json.loads(answer)),
        "boto3-dataclass-pinpoint, of a dict": lambda: peer.successful(parsed),
        "ours, of a dict": lambda: _our_statuses(parsed["SendUsersMessageResponse"]),
    }
    if {side() for side in sides.values()} != {2 * USERS_A_REQUEST}:
        raise RuntimeError(f"not every side has read all of the endpoints of {APPLICATION_ID}")
    return dict(sides)


def main(what: str, repetitions: int) -> None:
    """Measures and prints."""
    try:
        sides = {"building": _building, "reading": _reading}[what]()
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    turns = {name: partial(_cpu, work) for name, work in sides.items()}
    take_turns(turns, 1)
    print(json.dumps({"samples": take_turns(turns, repetitions)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
