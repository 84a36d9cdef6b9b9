"""docs/moving.md: each member that it names is in botocore's models, none is forgotten, and the differences are as told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import botocore.session
import pytest

from pinpoint_users import (
    AccessDeniedError,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    Outcome,
    PinpointUsers,
    RunStoppedError,
    SendReport,
    SendUsersMessageRequest,
    SimpleEmail,
    SMSMessage,
)
from pinpoint_users._requests.jobs import User
from pinpoint_users._routes.base import Target
from pinpoint_users._routes.ses_answers import read_bulk
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "moving.md").read_text(encoding="utf-8")
SERVICES = "pinpoint", "sesv2", "pinpoint-sms-voice-v2"
MESSAGES = (
    "ADMMessage",
    "APNSMessage",
    "BaiduMessage",
    "DefaultMessage",
    "DefaultPushNotificationMessage",
    "EmailMessage",
    "GCMMessage",
    "SMSMessage",
    "VoiceMessage",
)
AROUND = "SendUsersMessageRequest", "EndpointSendConfiguration", "TemplateConfiguration", "EndpointMessageResult"
IN_BACKTICKS = re.compile(r"`([^`]+)`")


@attrs.frozen
class Members:
    """What one cell of a table says of the shapes that its column is about."""

    shapes: tuple[str, ...]
    paths: tuple[str, ...]
    is_first: bool


def tables() -> Iterator[list[list[str]]]:
    """The page's tables, row by row."""
    for table in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]
        yield [rows[0], *rows[2:]]


def cells() -> Iterator[Members]:
    """The cells that name members, of the tables that are about shapes."""
    for header, *rows in tables():
        if header == ["message", "members"]:
            for shape, members in rows:
                yield Members(names(shape), names(members), is_first=True)
        elif header[0].startswith("`"):
            columns = [tuple(name for name in names(cell) if name not in {"SendMessages", "templates="}) for cell in header]
            for row in rows:
                assert len(row) == len(header), row
                for number, (shapes, cell) in enumerate(zip(columns, row, strict=True)):
                    yield Members(shapes, paths_in(cell), is_first=number == 0)


def names(cell: str) -> tuple[str, ...]:
    return tuple(IN_BACKTICKS.findall(cell))


def paths_in(cell: str) -> tuple[str, ...]:
    """The members that a cell names: what is in backticks, but for this package's names."""
    return tuple(name for name in names(cell) if not re.search(r"=|^(SES|TextMessaging|VoiceMessaging|MessageWarning)$", name))


@cache
def model_of(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def shape_called(name: str) -> Any:
    """The shape of that name, in the first model that has it."""
    return next(model_of(service).shape_for(name) for service in SERVICES if name in model_of(service).shape_names)


def has_path(shape: Any, path: str) -> bool:
    for member in path.split("."):
        while shape.type_name in {"list", "map"}:
            shape = shape.member if shape.type_name == "list" else shape.value
        if shape.type_name != "structure" or member not in shape.members:
            return False
        shape = shape.members[member]
    return True


def test_each_member_that_is_named_is_in_the_models() -> None:
    named = [(name, path) for cell in cells() for name in cell.shapes for path in cell.paths]
    assert len(named) > 200
    assert [(name, path) for name, path in named if not has_path(shape_called(name), path)] == []


@pytest.mark.parametrize("name", [*MESSAGES, *AROUND])
def test_no_member_is_forgotten(name: str) -> None:
    told = {path for cell in cells() if cell.is_first and cell.shapes == (name,) for path in cell.paths}
    assert set(shape_called(name).members) <= told


def test_the_nine_channels_are_all_that_there_are() -> None:
    assert set(shape_called("DirectMessageConfiguration").members) == set(MESSAGES)


def test_what_ses_says_is_told_as_it_is_read() -> None:
    (table,) = [rows for header, *rows in tables() if header[0] == "SES says"]
    told = {word: (status, int(code)) for words, status, code in table for word in words.split(", ")}
    assert set(told) == set(shape_called("BulkEmailStatus").enum)
    target = Target("e-1", User("u-1"), Endpoint(channel_type="EMAIL", address="a@example.com"), EndpointSendConfiguration())
    for word, expected in told.items():
        entry = {"Status": word, "MessageId": "m"} if word == "SUCCESS" else {"Status": word, "Error": "e"}
        (result,) = read_bulk({"BulkEmailEntryResults": [entry]}, [target])
        assert result is not None
        assert (str(result.delivery_status), result.status_code) == expected


def test_its_command_runs_an_example() -> None:
    commands = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    examples = re.findall(r"examples/\w+\.py", "".join(commands) + PAGE)
    assert examples
    assert all((ROOT / example).exists() for example in examples)


# --- what differs from Pinpoint's look-up

SMS = SMSMessage(body="Hello")
PUSH = GCMMessage(body="Hello")
EMAIL = EmailMessage(simple_email=SimpleEmail.builder().subject("Hello").text_part("Hello").build())
PHONE, OTHER = "+12065550100", "+12065550101"


def by_both(
    message: DirectMessageConfiguration, endpoints: Sequence[tuple[str, str, str]], script: Any = lambda local: None
) -> tuple[SendReport, SendReport, list[int]]:
    """The reports by Pinpoint's look-up and by a directory, and how many messages went out by each."""
    reports: list[SendReport] = []
    sent: list[int] = []
    for by_directory in (False, True):
        directory: dict[str, list[Endpoint]] = {}
        with LocalPinpoint() as local:
            for user_id, channel, address in endpoints:
                kept = {"Id": f"{channel}-{user_id}", "ChannelType": channel, "Address": address}
                directory.setdefault(user_id, []).append(Endpoint.from_dict(kept))
                local.add_endpoints([{**kept, "User": {"UserId": user_id}}])
            script(local)
            how: Mapping[str, Any] = (
                {"directory": directory, "routes": {"EMAIL": SES(from_email_address="a@example.com")}} if by_directory else {}
            )
            with PinpointUsers(local.application_id, transport=local.transport, **how) as pinpoint:
                try:
                    reports.append(pinpoint.send(message, list(dict.fromkeys(user_id for user_id, _, _ in endpoints))))
                except RunStoppedError as error:
                    reports.append(error.report)
            sent.append(len(local.deliveries()))
    return reports[0], reports[1], sent


def test_nobody_carried_who_was_sent_nothing() -> None:
    service, directory, _ = by_both(DirectMessageConfiguration(sms_message=SMS), [("u-1", "GCM", "token")])
    assert (service.users["u-1"].attempts, directory.users["u-1"].attempts) == (1, 0)


def test_an_address_of_two_users_is_sent_to_for_each() -> None:
    message = DirectMessageConfiguration(sms_message=SMS)
    service, directory, sent = by_both(message, [("u-1", "SMS", PHONE), ("u-2", "SMS", PHONE)])
    assert sent == [1, 2]
    assert service.users["u-2"].reason == "DUPLICATE"
    assert directory.users["u-2"].outcome is Outcome.SUCCESSFUL


def test_a_number_that_is_none_fails_at_once() -> None:
    _, directory, sent = by_both(DirectMessageConfiguration(sms_message=SMS), [("u-1", "SMS", "(206) 555-0100")])
    assert sent[1] == 0
    assert directory.users["u-1"].outcome is Outcome.FAILED


def test_a_refused_request_is_narrowed_down_to_an_address() -> None:
    service, directory, sent = by_both(
        DirectMessageConfiguration(sms_message=SMS),
        [("u-1", "SMS", PHONE), ("u-2", "SMS", OTHER)],
        lambda local: local.fail_next(400, times=2),
    )
    assert len(service.not_sent) == 2
    assert sent == [0, 1]
    assert [len(directory.failed), len(directory.successful)] == [1, 1]


def test_other_channels_go_on() -> None:
    service, directory, sent = by_both(
        DirectMessageConfiguration(sms_message=SMS, email_message=EMAIL),
        [("u-1", "SMS", PHONE), ("u-1", "EMAIL", "ann@example.com")],
        lambda local: local.fail_next(403),
    )
    assert service.users["u-1"].outcome is Outcome.NOT_SENT
    assert sent == [0, 1]
    assert directory.users["u-1"].outcome is Outcome.PARTIAL


def test_a_way_out_that_stops_is_raised_in_the_end() -> None:
    directory = {"u-1": [Endpoint(channel_type="SMS", address=PHONE), Endpoint(channel_type="EMAIL", address="a@example.com")]}
    message = DirectMessageConfiguration(sms_message=SMS, email_message=EMAIL)
    routes = {"EMAIL": SES(from_email_address="a@example.com")}
    with LocalPinpoint() as local, local.client(directory=directory, routes=routes) as pinpoint:
        local.fail_next(403, operation="SendMessages")
        with pytest.raises(RunStoppedError) as caught:
            pinpoint.send(message, ["u-1"])
        assert type(caught.value.reason) is AccessDeniedError
        assert [str(delivery.channel_type) for delivery in local.deliveries()] == ["EMAIL"]


def test_ten_refusals_in_a_row_stop_a_way_out() -> None:
    users = [(f"u-{number}", "SMS", f"+120655501{number:02}") for number in range(20)]
    _, directory, sent = by_both(
        DirectMessageConfiguration(sms_message=SMS), users, lambda local: local.fail_next(400, times=99)
    )
    assert sent == [0, 0]
    assert len(directory.failed) + len(directory.not_sent) == 20
    assert len(directory.not_sent) > 0


def test_one_operation_is_one_answer_whatever_the_ways_out() -> None:
    directory = {"u-1": [Endpoint(channel_type="SMS", address=PHONE), Endpoint(channel_type="EMAIL", address="a@example.com")]}
    message = DirectMessageConfiguration(sms_message=SMS, email_message=EMAIL)
    routes = {"EMAIL": SES(from_email_address="a@example.com")}
    request = SendUsersMessageRequest(message_configuration=message, users={"u-1": EndpointSendConfiguration()})
    with LocalPinpoint() as local, local.client(directory=directory, routes=routes) as pinpoint:
        response = pinpoint.send_users_messages(request)
        assert len(local.requests) == 1
        assert local.requests[200] == 2
    assert [str(result.delivery_status) for result in response.result["u-1"].values()] == ["SUCCESSFUL", "SUCCESSFUL"]


def test_only_the_addresses_of_a_lost_answer_are_unknown() -> None:
    _, directory, _ = by_both(
        DirectMessageConfiguration(sms_message=SMS, email_message=EMAIL),
        [("u-1", "SMS", PHONE), ("u-1", "EMAIL", "ann@example.com")],
        lambda local: local.drop_next(operation="SendMessages"),
    )
    assert directory.users["u-1"].endpoints["EMAIL-u-1"].delivery_status == "SUCCESSFUL"
    assert directory.users["u-1"].outcome is Outcome.UNKNOWN


def test_what_is_not_sent_to_is_told_first() -> None:
    _, directory, _ = by_both(DirectMessageConfiguration(gcm_message=PUSH), [("u-1", "GCM", "token"), ("u-1", "SMS", PHONE)])
    assert list(directory.users["u-1"].endpoints) == ["SMS-u-1", "GCM-u-1"]
