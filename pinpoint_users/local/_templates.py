"""Message templates, kept by version, and messages that name them. What a template is, the client's `templates=` says too."""

from __future__ import annotations

import functools
import json
import re
from typing import Any, TypeAlias

from pinpoint_users._rendering.merging import merged
from pinpoint_users._rendering.stored import StoredTemplate, read_template
from pinpoint_users._rendering.template_store import TemplateStore
from pinpoint_users.directory.rules import now
from pinpoint_users.local._applications import ARN
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._reply import ErrorReplyError
from pinpoint_users.local._store import Store
from pinpoint_users.messages.configuration import DirectMessageConfiguration, TemplateConfiguration

TEMPLATES = ("Email", "Push", "Sms", "Voice")
"""The kinds of templates, as AWS's names of the operations have them."""

Versions: TypeAlias = dict[int, dict[str, Any]]

_KINDS = {kind.upper(): kind.lower() for kind in TEMPLATES}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_LISTED = ("Arn", "CreationDate", "DefaultSubstitutions", "LastModifiedDate", "tags", "TemplateDescription", "TemplateName")
_LISTED_VERSION = tuple(name for name in _LISTED if name not in {"Arn", "tags"})


def create_template(call: Call) -> Answer:
    """CreateEmailTemplate and its like: version 1, which is the active one."""
    kind, name, content = _kind_of(call), _name(call), _content(call)
    if not _NAME.fullmatch(name):
        raise ErrorReplyError(
            400, "A template's name begins with a letter or digit and has up to 128 letters, digits, underscores and hyphens."
        )
    if call.store.template(kind, name):
        raise ErrorReplyError(400, f"There is a template {name} of the type {kind.upper()} already.")
    arn = f"{ARN}:templates/{name}/{kind.upper()}"
    created = now()
    document = {
        **content,
        "Arn": arn,
        "CreationDate": created,
        "LastModifiedDate": created,
        "TemplateName": name,
        "TemplateType": kind.upper(),
        "Version": "1",
    }
    call.store.put_template(kind, name, 1, document)
    call.store.activate_template(kind, name, 1)
    return {"Arn": arn, "Message": "Created", "RequestID": call.request_id}


def get_template(call: Call) -> Answer:
    """GetEmailTemplate and its like: the active version, unless another is named."""
    return _found(call.store, _kind_of(call), _name(call), call.parameters.get("version"))


def update_template(call: Call) -> Answer:
    """UpdateEmailTemplate and its like: the latest version is replaced, or a new one made, which isn't active yet (inferred).

    Source: Pinpoint API reference, "Templates", the parameters `create-new-version` and `version`.
    """
    kind, name, content = _kind_of(call), _name(call), _content(call)
    versions = _versions(call.store, kind, name)
    latest = max(versions)
    version, makes_new = call.parameters.get("version"), call.parameters.get("create-new-version", "false").lower() == "true"
    if version is not None and (makes_new or version != str(latest)):
        raise ErrorReplyError(400, f"The version of an update is the latest, {latest}, and none where a new one is made.")
    old, number = versions[latest], latest + makes_new
    kept = {member: old[member] for member in ("Arn", "CreationDate", "TemplateName", "TemplateType")}
    if "tags" in old:
        kept["tags"] = old["tags"]
    call.store.put_template(kind, name, number, {**content, **kept, "LastModifiedDate": now(), "Version": str(number)})
    return call.accepted()


def delete_template(call: Call) -> Answer:
    """DeleteEmailTemplate and its like: all versions, or one; if that was the active one, the latest is (inferred)."""
    kind, name, version = _kind_of(call), _name(call), call.parameters.get("version")
    versions = _versions(call.store, kind, name)
    numbers = list(versions) if version is None else [_number(versions, name, version)]
    call.store.delete_template(kind, name, numbers)
    left = versions.keys() - set(numbers)
    if left and call.store.active_template(kind, name) is None:
        call.store.activate_template(kind, name, max(left))
    return call.accepted()


def list_templates(call: Call) -> Answer:
    """ListTemplates: the active versions, by `template-type` and `prefix`, a page at a time."""
    kind, prefix = call.parameters.get("template-type"), call.parameters.get("prefix", "")
    found = [
        _part(document, (*_LISTED, "TemplateType", "Version"))
        for document in call.store.active_templates()
        if kind in {None, document["TemplateType"]} and document["TemplateName"].startswith(prefix)
    ]
    return call.page_of(found, "next-token")


def list_template_versions(call: Call) -> Answer:
    """ListTemplateVersions, the latest first, a page at a time."""
    versions = _versions(call.store, _named_kind(call), _name(call))
    found = [
        _part(versions[number], (*_LISTED_VERSION, "TemplateType", "Version")) for number in sorted(versions, reverse=True)
    ]
    return call.page_of(found, "next-token")


def update_template_active_version(call: Call) -> Answer:
    """UpdateTemplateActiveVersion: a version, or `latest`, which is the latest of now."""
    kind, name = _named_kind(call), _name(call)
    version = call.checked_json().get("Version") or "latest"
    versions = _versions(call.store, kind, name)
    call.store.activate_template(kind, name, max(versions) if version == "latest" else _number(versions, name, version))
    return call.accepted()


def with_templates(
    store: Store, configuration: TemplateConfiguration | None, message: DirectMessageConfiguration
) -> DirectMessageConfiguration:
    """The message with what its templates say put into it, as the client does for users from a directory.

    Raises:
        ErrorReplyError: There is no such template.
        ValidationError: It makes no message together with what the message says itself.
    """
    found: dict[tuple[str, str], dict[str | None, StoredTemplate]] = {}
    for kind in _KINDS.values():
        named = getattr(configuration, f"{kind}_template")
        if named is not None:
            if named.name is None:
                raise ErrorReplyError(400, f"The {kind} template has no name.")
            document = _found(store, kind, named.name, named.version)
            found[kind, named.name] = {named.version: _read(kind, json.dumps(document))}
    return TemplateStore(found).resolve(configuration, message)


@functools.lru_cache(maxsize=32)
def _read(kind: str, document: str) -> StoredTemplate:
    return read_template(kind, json.loads(document), "template")


def _content(call: Call) -> dict[str, Any]:
    """The template that a request has.

    Raises:
        ErrorReplyError: It isn't as AWS's model has it.
        ValidationError: It has members that such a template doesn't have, or makes no message.
    """
    content = call.checked_json()
    kind = _kind_of(call)
    merged(kind, read_template(kind, content, "template"), DirectMessageConfiguration())
    return {name: value for name, value in content.items() if value is not None}


def _found(store: Store, kind: str, name: str, version: str | None) -> dict[str, Any]:
    if version is None:
        active = store.active_template(kind, name)
        if active is None:
            raise _missing(kind, name)
        return active
    versions = _versions(store, kind, name)
    return versions[_number(versions, name, version)]


def _versions(store: Store, kind: str, name: str) -> Versions:
    versions = store.template(kind, name)
    if not versions:
        raise _missing(kind, name)
    return versions


def _number(versions: Versions, name: str, version: str) -> int:
    for number in versions:
        if version == str(number):
            return number
    raise ErrorReplyError(404, f"Template {name} has no version {version}.")


def _missing(kind: str, name: str) -> ErrorReplyError:
    return ErrorReplyError(404, f"There is no template {name} of the type {kind.upper()}.")


def _kind_of(call: Call) -> str:
    return re.sub("^(Create|Get|Update|Delete)|Template$", "", call.operation).lower()


def _named_kind(call: Call) -> str:
    named = call.parameters["template-type"].upper()
    if named not in _KINDS:
        raise ErrorReplyError(400, f"{named} is no type of a template that is kept here: {', '.join(_KINDS)}.")
    return _KINDS[named]


def _name(call: Call) -> str:
    return call.parameters["template-name"]


def _part(document: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: document[name] for name in names if name in document}
