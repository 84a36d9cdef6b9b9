"""Inline templates of SES v2: simple variables, nothing escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from pinpoint_users.local._reply import ErrorReplyError

_MAX_TEMPLATE = 1_048_576
"""Bytes of an inline template. Source: Amazon SES developer guide, "Using templates to send personalized email"."""
_MAX_HEADERS = 15
_MAX_HEADER = 996
"""Characters of a header's name and value together."""
_VARIABLE = re.compile(r"(?<!\{)\{\{\s*([A-Za-z0-9]+)\s*\}\}")
_PRINTABLE = re.compile(r"[ -~]*")

Headers = Sequence[Mapping[str, str]]


class MissingVariableError(Exception):
    """The data lacks a variable: SES takes such a message, and never sends it."""


def template_data(text: str | None) -> dict[str, Any]:
    """The data of a template, none for None.

    Raises:
        ErrorReplyError: It isn't a JSON object.
    """
    try:
        data = json.loads("{}" if text is None else text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise ErrorReplyError(400, "The template data isn't a JSON object.")
    return data


def merged(default: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Data of an entry over the default data: objects member by member, whatever else as a whole."""
    both = {**default, **own}
    for name, value in own.items():
        if isinstance(value, dict) and isinstance(default.get(name), dict):
            both[name] = merged(default[name], value)
    return both


def merged_headers(default: Headers, own: Headers) -> list[Mapping[str, str]]:
    """Headers of an entry over the default ones, by their names in any case."""
    return list({header["Name"].lower(): header for header in (*default, *own)}.values())


def check_headers(headers: Headers) -> None:
    """Refuses too many headers, and those that are too long or hold a line break.

    Raises:
        ErrorReplyError: What is wrong.
    """
    if len(headers) > _MAX_HEADERS:
        raise ErrorReplyError(400, f"{len(headers)} headers, at most {_MAX_HEADERS} are allowed.")
    for header in headers:
        if len(header["Name"]) + len(header["Value"]) > _MAX_HEADER:
            raise ErrorReplyError(400, f"Name and value of header {header['Name']} are longer than {_MAX_HEADER} characters.")
        if not header["Value"] or not _PRINTABLE.fullmatch(header["Value"]):
            raise ErrorReplyError(
                400, f"The value of header {header['Name']} is empty or holds a character that isn't allowed."
            )


class EmailTemplate:
    """A template that is in the request.

    Args:
        template: The template in AWS's shape.

    Raises:
        ErrorReplyError: It has no content, or what SES doesn't render: blocks, helpers, nested names.
    """

    def __init__(self, template: Mapping[str, Any]) -> None:
        content = template.get("TemplateContent")
        if content is None:
            name = template.get("TemplateName") or template.get("TemplateArn")
            if name is None:
                raise ErrorReplyError(400, "The template has neither a name nor content.")
            raise ErrorReplyError(404, f"Template {name} does not exist: this embedded service keeps none.")
        self._texts: dict[str, str] = {name: content[name] for name in ("Subject", "Text", "Html") if content.get(name)}
        if "Subject" not in self._texts or len(self._texts) == 1:
            raise ErrorReplyError(400, "The template needs a subject, and a text or HTML part.")
        if sum(len(text.encode("utf-8", "replace")) for text in self._texts.values()) > _MAX_TEMPLATE:
            raise ErrorReplyError(400, f"The template is larger than {_MAX_TEMPLATE:,} bytes.")
        self._attachments = template.get("Attachments")
        for text in self._texts.values():
            _check_operations(text)

    def render(self, data: Mapping[str, Any], headers: Headers) -> dict[str, Any]:
        """The content of one recipient's message, in the shape of a simple one.

        Raises:
            ErrorReplyError: A header that can't be sent.
            MissingVariableError: The data lacks a variable.
        """
        filled = {name: _fill(text, data) for name, text in self._texts.items()}
        simple: dict[str, Any] = {
            "Subject": {"Data": filled.pop("Subject")},
            "Body": {name: {"Data": text} for name, text in filled.items()},
        }
        if headers:
            simple["Headers"] = [{"Name": header["Name"], "Value": _fill(header["Value"], data)} for header in headers]
            check_headers(simple["Headers"])
        if self._attachments:
            simple["Attachments"] = self._attachments
        return {"Simple": simple}


def check_operations(headers: Headers) -> None:
    """Refuses headers with what SES doesn't render.

    Raises:
        ErrorReplyError: There is some.
    """
    for header in headers:
        _check_operations(header["Value"])


def _check_operations(text: str) -> None:
    if "{{" in _VARIABLE.sub("", text):
        raise ErrorReplyError(400, "Template contains unsupported operations")


def _fill(text: str, data: Mapping[str, Any]) -> str:
    return _VARIABLE.sub(lambda found: _text_of(data.get(found.group(1))), text)


def _text_of(value: Any) -> str:
    if value is None:
        raise MissingVariableError
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
