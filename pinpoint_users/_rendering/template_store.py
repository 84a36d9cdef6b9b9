"""`templates=`: the templates that `template_configuration` names, kept by the caller since the service keeps none."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import attrs
from typing_extensions import Self

from pinpoint_users._rendering.merging import merged
from pinpoint_users._rendering.stored import KINDS, StoredTemplate, read_template
from pinpoint_users._shapes.converters import near_misses
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration, Template, TemplateConfiguration

_KEY = re.compile(r"(?P<name>[^@/]+?)(?:@(?P<version>[^@./]+))?\.(?P<kind>email|push|sms|voice)")
_MISNAMED = f"isn't called name.kind or name@version.kind; allowed kinds: {', '.join(KINDS)}"

TemplateSource: TypeAlias = str | os.PathLike[str] | Mapping[str, Mapping[str, Any]]


@attrs.frozen(eq=False)
class TemplateStore:
    """Message templates by kind, name and version."""

    _templates: Mapping[tuple[str, str], Mapping[str | None, StoredTemplate]]

    @classmethod
    def of(cls, source: TemplateSource) -> Self:
        """Reads templates from a folder or a mapping.

        Args:
            source: A folder with a JSON file a template, `welcome.email.json` or, with a version, `welcome@2.email.json`; or a
                mapping with the same names without `.json` as keys. The kind is `email`, `push`, `sms` or `voice`. A template
                is in AWS's shape, as `CreateEmailTemplate` and its like take it, or as `GetEmailTemplate` and its like answer.

                Where no version is asked for, the template without one is meant, else the highest number.

        Raises:
            ValidationError: Every template that can't be read.
        """
        items = source.items() if isinstance(source, Mapping) else _files(Path(source))
        templates: dict[tuple[str, str], dict[str | None, StoredTemplate]] = {}
        faults: list[Fault] = []
        for key, data in items:
            found = _KEY.fullmatch(key)
            if found is None:
                faults.append(Fault(f"[{key!r}]", _MISNAMED))
                continue
            try:
                template = read_template(found["kind"], _read(data, key), f"[{key!r}]")
                merged(found["kind"], template, DirectMessageConfiguration())
            except ValidationError as error:
                faults += error.faults
            else:
                versions = templates.setdefault((found["kind"], found["name"]), {})
                versions[found["version"]] = template
                if found["version"] is None and template.version is not None:
                    versions.setdefault(template.version, template)
        if faults:
            raise ValidationError("templates", faults)
        return cls(templates)

    def resolve(
        self, template_configuration: TemplateConfiguration | None, message: DirectMessageConfiguration
    ) -> DirectMessageConfiguration:
        """The message with what the templates say put into it.

        What the message says itself wins, member by member, over the template: `FromAddress`, `MessageType` and the like stand
        beside a template in AWS's samples; that a text in both is the message's is inferred. Of values, the message's win over
        the template's default ones, as AWS has it; for an attribute, the recipient's own wins over the template's default.
        `InAppTemplate` isn't supported for sending, and left out.

        Raises:
            ValidationError: A template that isn't there, with its near miss; or one that makes no message.
        """
        if template_configuration is None:
            return message
        faults: list[Fault] = []
        found: dict[str, StoredTemplate] = {}
        for kind in KINDS:
            named = getattr(template_configuration, f"{kind}_template")
            if named is not None:
                try:
                    found[kind] = self._find(kind, named)
                except ValidationError as error:
                    faults += error.faults
        if faults:
            raise ValidationError("TemplateConfiguration", faults)
        changes: dict[str, Any] = {}
        for kind, template in found.items():
            changes.update(merged(kind, template, message))
        return attrs.evolve(message, **changes)

    def _find(self, kind: str, named: Template) -> StoredTemplate:
        path = f"{kind}_template"
        if named.name is None:
            raise ValidationError("TemplateConfiguration", [Fault(f"{path}.name", "is required")])
        versions = self._templates.get((kind, named.name))
        if versions is None:
            known = [name for of_kind, name in self._templates if of_kind == kind]
            near = near_misses(named.name, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            problem = f"no {kind} template {named.name!r} is in templates={hint}"
            raise ValidationError("TemplateConfiguration", [Fault(f"{path}.name", problem)])
        if named.version is None:
            return versions[None] if None in versions else versions[max(versions, key=_order)]
        if named.version not in versions:
            listed = ", ".join(sorted(version for version in versions if version is not None)) or "none but the one without"
            problem = f"{kind} template {named.name!r} has no version {named.version!r}; there are: {listed}"
            raise ValidationError("TemplateConfiguration", [Fault(f"{path}.version", problem)])
        return versions[named.version]


def _order(version: str | None) -> tuple[int, str]:
    """Numbers by their size, and above all else."""
    text = version or ""
    return (int(text), text) if text.isascii() and text.isdecimal() else (-1, text)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The templates of a folder by name; other files and folders in it are none."""
    if not folder.is_dir():
        raise ValidationError("templates", [Fault("", f"{str(folder)!r} is no folder")])
    for path in sorted(folder.glob("*.json")):
        yield path.name.removesuffix(".json"), path


def _read(data: Any, key: str) -> Any:
    if not isinstance(data, Path):
        return data
    try:
        return json.loads(data.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ValidationError("templates", [Fault(f"[{key!r}]", f"{data.name} can't be read as JSON: {error}")]) from error
