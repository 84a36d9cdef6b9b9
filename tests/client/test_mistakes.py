"""What newcomers get wrong, one table: each mistake as it is made, and the exact text that it gives, with its remedy.

The table is in `tests/mistakes`, a file for each thing that mistakes are made with. `tests/typing/mistakes.py` has those that a
type checker reports.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings

import pytest
from mistakes import audiences, calls, messages
from mistakes.calls import KEYWORDS, THREAD, awaited
from mistakes.common import MESSAGE, send

from pinpoint_users import (
    APNSMessage,
    DirectMessageConfiguration,
    GCMMessage,
    MessageWarning,
    PinpointUsers,
    PinpointUsersError,
    SendUsersMessagesRequest,
    SMSMessage,
    ValidationError,
)
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.local.__main__ import main

REFUSALS = (PinpointUsersError, AttributeError, TypeError, RuntimeError)
MISTAKES = {**messages.MISTAKES, **audiences.MISTAKES, **calls.MISTAKES}


@pytest.mark.parametrize(("mistake", "text"), MISTAKES.values(), ids=MISTAKES)
def test_it_is_refused_with_its_remedy(service, mistake, text):
    with PinpointUsers("app", transport=service) as pinpoint, pytest.raises(REFUSALS) as caught:
        mistake(pinpoint)
    assert str(caught.value) == text


def warnings_of(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
        gc.collect()
    return [(warning.category, str(warning.message)) for warning in caught]


NOTHING_TO_SHOW = DirectMessageConfiguration(sms_message=SMSMessage(message_type="TRANSACTIONAL"))
UNUSED = (
    "a stream was dropped that nobody iterated, so nothing was sent: write `for result in pinpoint.stream(…)`, "
    "or pinpoint.send(…), or close it if nothing is to be sent"
)


@pytest.mark.parametrize(
    ("mistake", "category", "text"),
    [
        (
            lambda _: GCMMessage(body="Hi", action="DEEP_LINK"),
            MessageWarning,
            "GCMMessage.action: DEEP_LINK has nowhere to go without a url: give it one, or leave action out",
        ),
        (
            lambda _: APNSMessage(body="Hi", action="URL"),
            MessageWarning,
            "APNSMessage.action: URL has nowhere to go without a url: give it one, or leave action out",
        ),
        (
            send(NOTHING_TO_SHOW, ["u-1"]),
            MessageWarning,
            (
                "SendUsersMessageRequest.message_configuration: no channel's message has anything to show, and there is no "
                "template: give it a body"
            ),
        ),
        (
            lambda _: SMSMessage(message_type="transactional"),
            MessageWarning,
            "SMSMessage.message_type: 'transactional' is sent as 'TRANSACTIONAL', as AWS writes it",
        ),
        (lambda pinpoint: pinpoint.stream(MESSAGE, ["u-1"]) and None, ResourceWarning, UNUSED),
    ],
    ids=[
        "DEEP_LINK without a url",
        "URL without a url",
        "nothing to show",
        "a word in small letters",
        "a stream that nobody iterates",
    ],
)
def test_it_is_warned_of_with_its_remedy(service, mistake, category, text):
    with PinpointUsers("app", transport=service) as pinpoint:
        assert warnings_of(lambda: mistake(pinpoint)) == [(category, text)]


def test_a_stream_that_was_begun_or_closed_is_dropped_in_silence(service):
    with PinpointUsers("app", transport=service) as pinpoint:
        assert warnings_of(lambda: next(pinpoint.stream(MESSAGE, ["u-1"]))) == []
        assert warnings_of(lambda: pinpoint.stream(MESSAGE, ["u-1"]).close()) == []


@pytest.mark.parametrize(
    ("use", "text"),
    [
        ("await stream", f"a stream isn't awaited, and sends only when it is iterated, by a plain `for`: {THREAD}"),
        ("[result async for result in stream]", f"write `for`, not `async for`; nothing was sent: {THREAD}"),
    ],
)
def test_a_stream_is_not_for_asyncio(service, use, text):
    with PinpointUsers("app", transport=service) as pinpoint, pinpoint.stream(MESSAGE, ["u-1"]) as stream:
        scope = {"stream": stream}
        exec(f"async def use():\n    {use}", scope)
        with pytest.raises(TypeError) as caught:
            asyncio.run(scope["use"]())
        assert str(caught.value) == text
        assert service.requests == []


def test_what_was_awaited_was_sent_once(service):
    with PinpointUsers("app", transport=service) as pinpoint, pytest.raises(TypeError, match="the message has been sent"):
        asyncio.run(awaited(pinpoint))
    assert service.delivered == {"u-1-1": 1, "u-1-2": 1}


def test_a_report_is_true_as_any_object(service):
    with PinpointUsers("app", transport=service) as pinpoint:
        assert pinpoint.send(MESSAGE, [])


def test_a_name_of_no_method_is_no_protocol_of_a_builder():
    with pytest.raises(AttributeError, match=r"'SMSMessageBuilder' object has no attribute '__iter__'$"):
        SMSMessage.builder().__iter__  # noqa: B018 - the access is what is tested


def test_a_refusal_in_the_tree_says_the_same():
    with pytest.raises(ValidationError) as caught:
        SendUsersMessagesRequest.from_dict({**KEYWORDS, "SendUsersMessageRequest": {"Users": {"u-1": {"name": ["Ann"]}}}})
    assert str(caught.value.faults[0]).endswith('a variable is written substitutions={"name": ["Ann"]}')


@pytest.mark.parametrize("module", ["httptools", "starlette", "uvicorn"])
def test_serve_without_its_extra(monkeypatch, capsys, module):
    ours, gone = {"pinpoint_users.local._http", "pinpoint_users.local._protocol"}, {module}
    if module == "httptools":
        gone.add("uvicorn")  # whose module of it is to be read again
    for name in [name for name in sys.modules if name.partition(".")[0] in gone or name in ours]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)  # how Python itself marks a module as not to be had
    with LocalPinpoint() as local, pytest.raises(ImportError) as caught:
        local.serve()
    cause = caught.value.__cause__
    assert isinstance(cause, ImportError)
    assert str(caught.value) == (
        f"serve() needs Starlette and uvicorn ({cause}), which come with the extra `local`: in a clone, pip install '.[local]'"
    )
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().err == f"python -m pinpoint_users.local: {caught.value}\n"
