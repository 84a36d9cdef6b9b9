"""The panel that lets things go wrong: its form read, and the script told."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from pinpoint_users.local._faults import Break, Faults, Rejection, RequestFault, Throttling

OPERATIONS = ("SendUsersMessages", "SendMessages", "SendEmail", "SendBulkEmail", "SendTextMessage", "SendVoiceMessage")
"""The operations that meet faults."""
MAX_TIMES = 1000
"""How many requests a fault of the panel may meet."""


@attrs.frozen
class Kind:
    """A fault that the panel offers."""

    label: str
    """Its name."""
    hint: str
    """What the client sees."""
    status: int = 200
    """The status that is answered, if it is an error."""
    ends: Break = "answer"
    """How the request ends."""
    may_accept: bool = False
    """Whether the message may go out all the same."""


KINDS: Mapping[str, Kind] = {
    "throttle": Kind("Throttle recipients", "the answer is 200, and the recipients in it are THROTTLED"),
    "429": Kind("429 Too Many Requests", "nothing goes out", 429),
    "500": Kind("500 Internal Server Error", "the message may have gone out", 500, may_accept=True),
    "503": Kind("503 Service Unavailable", "the message may have gone out", 503, may_accept=True),
    "hang": Kind("Hang", "the connection stays open, and no answer comes", ends="hang", may_accept=True),
    "drop": Kind("Drop", "the connection is reset without an answer", ends="drop", may_accept=True),
}
"""The faults that the panel offers, by the value of its form."""


class FormError(ValueError):
    """What is wrong with a form, in words for whoever filled it in."""


def script(faults: Faults, form: Mapping[str, str]) -> str:
    """Adds the fault of a form to the script.

    Returns:
        What was added, in words.

    Raises:
        FormError: What is wrong with the form.
    """
    kind = KINDS.get(form.get("kind", ""))
    if kind is None:
        raise FormError("Choose what is to go wrong.")
    times = _times(form.get("times", "1"))
    if form["kind"] == "throttle":
        return _throttle(faults, form, times)
    operation = form.get("operation") or None
    if operation not in {None, *OPERATIONS}:
        raise FormError(f"{operation} isn't an operation that sends.")
    fault = RequestFault(
        ends=kind.ends,
        accept=kind.may_accept and form.get("accept") == "yes",
        operation=operation,
        status=kind.status,
    )
    faults.add(fault, times)
    return f"{kind.label}, {_count(times, 'request')}."


def _throttle(faults: Faults, form: Mapping[str, str], times: int) -> str:
    users, addresses = _words(form.get("users", "")), _words(form.get("addresses", ""))
    share = _share(form.get("share", "") or "0")
    if not users and not addresses and not share:
        raise FormError("Name users or addresses to throttle, or a share of all addresses.")
    faults.add_throttling(
        Throttling(endpoint_ids=(), addresses=addresses, user_ids=users, share=share / 100, times=times, status_code=429)
    )
    return f"{KINDS['throttle'].label}, {_count(times, 'time')} each."


def pending(faults: Faults) -> list[tuple[str, str]]:
    """What is still to go wrong, in words: what, and whom it meets. Equal faults that follow each other are one."""
    requests, throttlings, rejections = faults.pending()
    told: list[tuple[str, str, int]] = []
    for fault in requests:
        what, whom = _request_fault(fault), fault.operation or "any send"
        if told and told[-1][:2] == (what, whom):
            told[-1] = (what, whom, told[-1][2] + 1)
        else:
            told.append((what, whom, 1))
    lines = [(what, f"{whom}, {_count(times, 'request')}") for what, whom, times in told]
    lines += [("Throttle", f"{_recipients(each)}, {_count(each.times, 'time')} each") for each in throttlings]
    return lines + [(f"Reject: {each.reason}", _rejected(each)) for each in rejections]


def _request_fault(fault: RequestFault) -> str:
    if fault.change is not None:
        return "Answer something else"
    if fault.ends != "answer":
        what = fault.ends.capitalize()
    elif fault.status == 200 and fault.body is None:
        return "Pass"
    else:
        what = f"Answer {fault.status}"
    return f"{what}, the message goes out" if fault.accept else what


def _recipients(throttling: Throttling) -> str:
    named = [*sorted(throttling.user_ids), *sorted(throttling.endpoint_ids), *sorted(throttling.addresses)]
    if throttling.share:
        named.append(f"{throttling.share:.0%} of all addresses")
    return ", ".join(named)


def _rejected(rejection: Rejection) -> str:
    if rejection.addresses is None:
        return "whole requests"
    share = [f"{rejection.share:.0%} of all addresses"] if rejection.share else []
    return ", ".join([*sorted(rejection.addresses), *share])


def _times(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MAX_TIMES:
        raise FormError(f"How often must be a whole number from 1 to {MAX_TIMES:,}.")
    return int(text)


def _share(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 100:
        raise FormError("The share must be a whole number from 0 to 100.")
    return int(text)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in re.split(r"[,\n]", text) if word.strip())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
