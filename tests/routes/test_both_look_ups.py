"""What each address gets, and what the report says, is the same by Pinpoint's look-up and by a directory."""

from __future__ import annotations

from typing import Any

import pytest
from routes.scenarios import SCENARIOS, Scenario

from pinpoint_users import PinpointUsers, SendReport, UserResult
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import Delivery, LocalPinpoint


def directory_of(endpoints: Any) -> dict[str, list[Endpoint]]:
    users: dict[str, list[Endpoint]] = {}
    for each in sorted(endpoints, key=lambda each: str(each["Id"])):
        users.setdefault(each["User"]["UserId"], []).append(Endpoint.from_dict(each))
    return users


def sent(scenario: Scenario, *, by_directory: bool) -> tuple[SendReport, list[Any]]:
    with LocalPinpoint() as local:
        directory: Any = {"directory": directory_of(scenario.endpoints), "routes": scenario.routes} if by_directory else {}
        if not by_directory:
            local.add_endpoints(scenario.endpoints)
        scenario.fault(local)
        with PinpointUsers(local.application_id, transport=local.transport, **directory) as pinpoint:
            report = pinpoint.send(scenario.message, scenario.users, **scenario.how)
        got = [
            (each.channel_type, each.address, each.title, each.body, each.html, _message(scenario, each))
            for each in local.deliveries()
        ]
        return report, sorted(got, key=repr)


def _message(scenario: Scenario, delivery: Delivery) -> Any:
    """The channel's message, where it goes out in the same shape by both."""
    is_shaped = delivery.channel_type == "EMAIL" or delivery.channel_type in (scenario.routes or ())
    return None if is_shaped else dict(delivery.message)


def told(user: UserResult) -> Any:
    endpoints = {
        endpoint_id: (result.delivery_status, result.status_code, result.address, result.reason)
        for endpoint_id, result in user.endpoints.items()
    }
    return user.outcome, endpoints, user.sent, user.reason, type(user.error), user.maybe_duplicated


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_both_look_ups_send_and_tell_the_same(scenario: Scenario) -> None:
    by_service, got_by_service = sent(scenario, by_directory=False)
    by_directory, got_by_directory = sent(scenario, by_directory=True)
    assert got_by_directory == got_by_service
    assert {user: told(result) for user, result in by_directory.users.items()} == {
        user: told(result) for user, result in by_service.users.items()
    }
    assert list(by_directory.users) == list(scenario.users)
