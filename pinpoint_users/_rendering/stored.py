"""Message templates in AWS's shape, of whom the service keeps none any more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from pinpoint_users._rendering.filling import FALLBACK
from pinpoint_users._rendering.helpers import text_of
from pinpoint_users._shapes.converters import suggest
from pinpoint_users._shapes.placeholders import SERVICE_ATTRIBUTES
from pinpoint_users.errors import Fault, ValidationError

_BESIDE_CONTENT = frozenset(
    {
        *("Arn", "CreationDate", "DefaultSubstitutions", "LastModifiedDate", "RecommenderId", "TemplateDescription"),
        *("TemplateName", "TemplateType", "Version", "tags"),
    }
)
"""What a template has beside its content, in requests or in answers."""
_PUSH_PARTS = frozenset({"Action", "Body", "Sound", "Title", "Url"})
_ANDROID_PARTS = _PUSH_PARTS | {"ImageIconUrl", "ImageUrl", "RawContent", "SmallImageIconUrl"}

EMAIL_PARTS = frozenset({"HtmlPart", "Subject", "TextPart", "Headers"})
PUSH_PARTS: Mapping[str, frozenset[str]] = {
    "Default": _PUSH_PARTS,
    "APNS": _PUSH_PARTS | {"MediaUrl", "RawContent"},
    "GCM": _ANDROID_PARTS,
    "ADM": _ANDROID_PARTS,
    "Baidu": _ANDROID_PARTS,
}
KINDS: Mapping[str, frozenset[str]] = {
    "email": EMAIL_PARTS,
    "push": frozenset(PUSH_PARTS),
    "sms": frozenset({"Body"}),
    "voice": frozenset({"Body", "LanguageCode", "VoiceId"}),
}
"""The members of a template's content, by kind.

Source: botocore's model `pinpoint/2016-12-01`, shapes `EmailTemplateRequest`, `PushNotificationTemplateRequest`,
`SMSTemplateRequest`, `VoiceTemplateRequest` and those that they reach.
"""


@attrs.frozen
class StoredTemplate:
    """One version of a template: what it says, and the values that it has for all."""

    content: Mapping[str, Any]
    substitutions: Mapping[str, tuple[str, ...]]
    version: str | None = None
    """As an answer of the service has it."""


def read_template(kind: str, data: Any, path: str) -> StoredTemplate:
    """Reads a template in AWS's shape: a request's, or an answer's with or without its wrapper.

    Raises:
        ValidationError: Each member that such a template doesn't have, with its near miss.
    """
    if isinstance(data, Mapping) and len(data) == 1 and str(next(iter(data))).endswith("TemplateResponse"):
        (data,) = data.values()
    faults = list(_faults(KINDS[kind], data, path))
    content = {} if faults else {name: value for name, value in data.items() if name in KINDS[kind] and value is not None}
    if kind == "push":
        for name, part in content.items():
            faults += _faults(PUSH_PARTS[name], part, f"{path}.{name}", beside=frozenset())
    substitutions: dict[str, tuple[str, ...]] = {}
    if not faults:
        try:
            substitutions = _substitutions(data.get("DefaultSubstitutions"))
        except ValueError as error:
            faults.append(Fault(f"{path}.DefaultSubstitutions", f"isn't a JSON object of names and values ({error})"))
    if faults:
        raise ValidationError("templates", faults)
    return StoredTemplate(content, substitutions, data.get("Version"))


def _faults(known: frozenset[str], data: Any, path: str, *, beside: frozenset[str] = _BESIDE_CONTENT) -> Iterator[Fault]:
    if not isinstance(data, Mapping):
        yield Fault(path, f"is a {type(data).__name__}, a mapping is allowed")
        return
    for name in data:
        if name not in known and name not in beside:
            yield Fault(f"{path}.{name}", f"no member of such a template; {suggest(str(name), sorted(known))}")


def _substitutions(written: Any) -> dict[str, tuple[str, ...]]:
    """A template's default values; those of attributes are for whoever lacks the attribute."""
    if written is None:
        return {}
    values = json.loads(written) if isinstance(written, str) else written
    if not isinstance(values, Mapping):
        raise ValueError(type(values).__name__)  # noqa: TRY004 - the caller tells of both alike
    return dict(_flat(values))


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in values.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        else:
            is_attribute = path.partition(".")[0] in SERVICE_ATTRIBUTES
            listed = value if isinstance(value, (list, tuple)) else [value]
            yield (FALLBACK + path if is_attribute else path), tuple(map(text_of, listed))
