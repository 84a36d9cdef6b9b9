"""Mistakes that both type checkers must report: one that is no longer reported fails the run as an unused comment.

`tests/messages/test_mistakes.py` runs the same lines, each of which must be refused with its path.
"""

from __future__ import annotations

import asyncio

import pinpoint_users
from pinpoint_users import (
    AccessDeniedError,
    APNSMessage,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    MessageHeader,
    PinpointUsers,
    RawEmail,
    RetryPolicy,
    SendReport,
    SendUsersMessageRequest,
    SimpleEmail,
    SMSMessage,
    Template,
)
from pinpoint_users.local import LocalPinpoint


def a_misspelt_class() -> None:
    """SMSMesage"""
    pinpoint_users.SMSMesage()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def a_misspelt_field() -> None:
    """bdy"""
    SMSMessage(bdy="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_misspelt_method() -> None:
    """bdy"""
    SMSMessage.builder().bdy("x")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def a_misspelt_word_of_an_enum() -> None:
    """message_type"""
    SMSMessage(message_type="TRANSACTONAL")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_misspelt_word_in_a_builder() -> None:
    """message_type"""
    SMSMessage.builder().message_type("TRANSACTONAL").build()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_misspelt_push_type() -> None:
    """apns_push_type"""
    APNSMessage(apns_push_type="alarm")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_misspelt_priority() -> None:
    """priority"""
    GCMMessage(priority="urgent")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_misspelt_authentication_method() -> None:
    """preferred_authentication_method"""
    GCMMessage(preferred_authentication_method="CERTIFICATE")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_string_for_a_list_of_strings() -> None:
    """reply_to_addresses"""
    EmailMessage(reply_to_addresses="a@example.com")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_string_for_the_values_of_a_variable() -> None:
    """substitutions['code']"""
    EndpointSendConfiguration(substitutions={"code": "1"})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def a_string_for_the_values_of_a_variable_in_a_builder() -> None:
    """substitutions['code']"""
    SMSMessage.builder().substitutions({"code": "1"}).build()  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def a_number_for_the_value_of_an_entry() -> None:
    """data['k']"""
    GCMMessage(data={"k": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def an_optional_field_at_the_start_of_a_builder() -> None:
    """body"""
    SMSMessage.builder(body="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_header_for_a_list_of_headers() -> None:
    """headers"""
    SimpleEmail(headers=MessageHeader(name="a", value="b"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_missing_required_field() -> None:
    """message_configuration"""
    SendUsersMessageRequest(users={})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def a_missing_required_field_of_a_builder() -> None:
    """users"""
    SendUsersMessageRequest.builder(message_configuration=DirectMessageConfiguration())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def none_for_a_required_field() -> None:
    """users"""
    SendUsersMessageRequest(message_configuration=DirectMessageConfiguration(), users=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def none_for_a_required_field_of_a_builder() -> None:
    """users"""
    SendUsersMessageRequest.builder(message_configuration=DirectMessageConfiguration(), users=None).build()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def none_for_the_values_of_a_variable() -> None:
    """substitutions['code']"""
    SMSMessage(substitutions={"code": None})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def a_number_for_a_string() -> None:
    """substitution"""
    SMSMessage.builder().substitution("code", 1).build()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_dict_for_a_message() -> None:
    """sms_message"""
    DirectMessageConfiguration(sms_message={"Body": "x"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_message_of_another_channel() -> None:
    """sms_message"""
    DirectMessageConfiguration.builder().sms_message(GCMMessage.builder()).build()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_string_for_bytes() -> None:
    """data"""
    RawEmail(data="Subject: x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_string_for_a_flag() -> None:
    """silent_push"""
    GCMMessage(silent_push="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_string_for_a_number() -> None:
    """time_to_live"""
    GCMMessage(time_to_live="60")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_positional_argument() -> None:
    """keywords only"""
    SMSMessage("x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def an_assignment() -> None:
    """name"""
    Template(name="a").name = "b"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def a_report_of_the_reason() -> None:
    """report"""
    str(AccessDeniedError("403").report)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def a_misspelt_scope() -> None:
    """scope"""
    RetryPolicy(scope="users")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_misspelt_word_for_what_is_unknown() -> None:
    """on_unknown"""
    RetryPolicy(on_unknown="retry")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_string_for_a_rate() -> None:
    """requests_per_second"""
    PinpointUsers("app", requests_per_second="10")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_url_as_a_rate() -> None:
    """rate"""
    PinpointUsers("app", rate="redis://127.0.0.1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# Two mistakes no type checker can see: `send(message, "u-1")`, as a string is an iterable of strings, and
# `send(message, {"u-1": {"name": ["Ann"]}})`, as any mapping with strings for keys is an iterable of strings too. A type
# without room for them has none for a caller's own `Iterable[str]` either. Both are refused at run time (`tests/mistakes`).


def a_number_as_a_user_id() -> None:
    """users[0]"""
    _client().send(DirectMessageConfiguration(), [1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def a_number_as_a_key_of_users() -> None:
    """users[1]"""
    _client().send(DirectMessageConfiguration(), {1: EndpointSendConfiguration()})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]


def a_dict_in_a_pair() -> None:
    """of user 'u-1'"""
    _client().send(DirectMessageConfiguration(), [("u-1", {"name": ["Ann"]})])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def a_channels_message_for_the_message() -> None:
    """DirectMessageConfiguration(sms_message=…)"""
    _client().send(SMSMessage(body="x"), ["u-1"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_channels_builder_for_the_message() -> None:
    """DirectMessageConfiguration(sms_message=…)"""
    _client().send(SMSMessage.builder().body("x"), ["u-1"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_dict_of_headers() -> None:
    """headers"""
    SimpleEmail(headers={"X-Order": "1"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def a_report_by_user_id() -> None:
    """report.users["user-id"]"""
    SendReport()["u-1"]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]


def a_report_iterated() -> None:
    """report.users.values()"""
    list(SendReport())  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]


def the_length_of_a_report() -> None:
    """len(report.users)"""
    len(SendReport())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def _awaited() -> None:
    await SendReport()  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]


def an_awaited_report() -> None:
    """has been sent"""
    asyncio.run(_awaited())


def a_builder_that_was_not_built() -> None:
    """.build().to_dict"""
    SMSMessage.builder().to_dict()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def _client() -> PinpointUsers:
    return LocalPinpoint().client()
