"""E-mail addresses as they go over the wire: checked, in ASCII."""

from __future__ import annotations

import re

from pinpoint_users._shapes.converters import InvalidValue, refuse, string, strings
from pinpoint_users._shapes.domains import in_ascii
from pinpoint_users._shapes.unseen import unseen

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL_PART = re.compile(rf'{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])+"')
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_TOP_LABEL}")
_USUAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_TOP_LABEL}")
_MAX_LOCAL_PART, _MAX_ADDRESS = 64, 254
"""Characters. Source: RFC 5321, 4.5.3.1, and its erratum 1690."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NAMED = re.compile(rf"(?P<name>{_QUOTED.pattern}|[^<>]*?)\s*<(?P<address>[^<>]*)>")
_PLAIN_NAME = re.compile(rf"{_ATOM}(?: {_ATOM})*")
_MAX_ENCODED_WORD = 75
"""Characters of an encoded word. Source: RFC 2047, 2."""


def address(value: str) -> str:
    """An address alone, as it goes over the wire: its domain in ASCII.

    Raises:
        InvalidValue: Why it can't be sent to.
    """
    if len(value) <= _MAX_LOCAL_PART and _USUAL.fullmatch(value):
        return value
    problem = _problem_of_form(value)
    if problem:
        raise refuse(f"isn't an e-mail address: {problem}")
    local_part, _, domain = value.rpartition("@")
    if not local_part.isascii():
        hidden = unseen(local_part)
        which = f"{hidden}, which isn't seen," if hidden else "a character outside of ASCII"
        raise refuse(f"has {which} before the @, which Amazon SES can't send to")
    if len(local_part) > _MAX_LOCAL_PART or not _LOCAL_PART.fullmatch(local_part):
        raise refuse("isn't an e-mail address: what is before the @ isn't a name of at most 64 characters")
    if not domain.isascii():
        domain = in_ascii(domain)
    if not _DOMAIN.fullmatch(domain):
        raise refuse("isn't an e-mail address: what is after the @ isn't a domain such as example.com")
    if len(local_part) + 1 + len(domain) > _MAX_ADDRESS:
        raise refuse(f"isn't an e-mail address: it is longer than {_MAX_ADDRESS} characters")
    return f"{local_part}@{domain}"


def _problem_of_form(value: str) -> str | None:
    """What else stands where an address alone is wanted; None if nothing is known to."""
    if value != value.strip():
        return "it has blanks or line breaks at its ends"
    local_part, at, domain = value.rpartition("@")
    if not at:
        return "it has no @"
    if not local_part or not domain:
        return f"nothing is {'after' if local_part else 'before'} the @"
    if "<" in local_part:
        is_whole = _NAMED.fullmatch(value)
        return "it has a display name or angle brackets: an address alone is wanted" if is_whole else "its < and > don't match"
    if "@" not in local_part or _LOCAL_PART.fullmatch(local_part):
        return None
    return "it is several addresses: one is wanted" if re.search(r"[,;\s]", local_part) else "it has a second @"


def mailbox(value: str | None) -> str | None:
    """Accepts an address, alone or as `Name <address>`; a name outside of ASCII is put in encoded words."""
    text = string(value)
    if text is None:
        return None
    if _CONTROL.search(text):
        raise refuse("has a line break or another control character, none is allowed")
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        return address(text)
    name, alone = found["name"], address(found["address"])
    quoted = _QUOTED.fullmatch(name)
    if quoted is not None:
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    return f"{_phrase(name)} <{alone}>" if name else alone


def mailboxes(value: list[str] | tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Accepts a list of such addresses."""
    accepted, problems = [], []
    for index, each in enumerate(strings(value) or ()):
        try:
            accepted.append(mailbox(each) or "")
        except InvalidValue as refusal:  # noqa: PERF203 - to collect the problems of all
            problems += [(f"[{index}]", problem) for _, problem in refusal.problems]
    if problems:
        raise InvalidValue(*problems)
    return None if value is None else tuple(accepted)


def _phrase(name: str) -> str:
    """A display name as a header has it, on one line."""
    if _PLAIN_NAME.fullmatch(name):  # encoded words are plain too
        return name
    if name.isascii():
        return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    from email.header import Header  # noqa: PLC0415 - ten milliseconds, which building other messages doesn't need

    # `email.policy` folds to words of 76 characters, and `formataddr` doesn't fold.
    return Header(name, "utf-8", maxlinelen=_MAX_ENCODED_WORD).encode(linesep="\n").replace("\n ", " ")
