"""An e-mail for SES: once as an inline template with plain names, once rendered whole. What a recipient gets is the same."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email.header import Header
from typing import Any

import attrs

from pinpoint_users._rendering.aliases import Alias, Renaming, new_names
from pinpoint_users._rendering.content import content_of
from pinpoint_users._rendering.demands import Demands
from pinpoint_users._rendering.filling import Filler, escaped
from pinpoint_users._rendering.header_words import LINE_BREAK, HeaderError
from pinpoint_users._rendering.mime import MimeText, parse_mime
from pinpoint_users._shapes.json_text import write_json
from pinpoint_users._shapes.placeholders import Node, parse
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration

MAX_INLINE_TEMPLATE = 1_000_000
"""Bytes of a template in a request, as JSON: 1 MB. Source: Amazon SES API v2 reference, `EmailTemplateContent`."""
MAX_TEMPLATE_DATA = 262_144
"""Bytes of one recipient's data, as JSON. Source: botocore's model `sesv2`, shape `EmailTemplateData`."""
MAX_HEADER = 996
"""Characters of a header's name and value together. Source: botocore's model `sesv2`, shape `MessageHeader`."""

_UTF_8 = frozenset({"UTF-8", "UTF8"})
_LONGEST_ESCAPE = 6
_ENCODED_WORD = 75
_NO_VALUES: Mapping[str, tuple[str, ...]] = {}
_AROUND_A_VALUE = 32
"""More bytes than JSON needs for an alias beside its value."""


@attrs.frozen
class EmailTemplate:
    """An inline template of `SendBulkEmail`, in which every variable is a plain name of letters and digits."""

    subject: str | None
    text: str | None
    html: str | None


@attrs.frozen
class RenderedEmail:
    """What one recipient gets."""

    subject: str | None
    text: str | None
    html: str | None
    headers: tuple[tuple[str, str], ...]
    raw: bytes | None
    """The whole MIME message, where there is one; then all else is None or empty."""


@attrs.frozen
class _Part:
    nodes: tuple[Node, ...]
    is_html: bool = False
    charset: str | None = None

    def fill(self, filler: Filler, override: str | None = None) -> str:
        nodes = self.nodes if override is None else parse(override)
        return filler.render(nodes, is_html=self.is_html)


@attrs.frozen(eq=False)
class EmailTexts:
    """The texts of an e-mail, ready to be filled for each recipient.

    In the HTML part, and in those of a raw message, `{{name}}` is escaped as in Handlebars and `{{{name}}}` isn't; nowhere
    else is anything.
    """

    template: EmailTemplate | None
    """For `SendBulkEmail`; None for a raw message, a character set other than UTF-8, or more than 1 MB."""
    _subject: _Part | None
    _text: _Part | None
    _html: _Part | None
    _headers: tuple[tuple[str, _Part], ...]
    _raw: MimeText | None
    _in_subject: tuple[Alias, ...]
    _aliases: tuple[Alias, ...]
    _common: Mapping[str, tuple[str, ...]]
    _demands: Demands
    _own_names: tuple[tuple[str, str, bool], ...] | None = attrs.field(
        init=False,
        default=attrs.Factory(lambda texts: _plain(texts._aliases), takes_self=True),  # noqa: SLF001 - its own
    )
    """Each alias, the name whose value it is, and whether that is escaped; None if something in the template is computed."""

    @property
    def has_headers(self) -> bool:
        """Whether there are headers."""
        return bool(self._headers)

    @property
    def charsets(self) -> dict[str, str]:
        """The character sets that the message names, of its `subject`, `text` and `html`."""
        parts = {"subject": self._subject, "text": self._text, "html": self._html}
        return {name: part.charset for name, part in parts.items() if part and part.charset}

    def data(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> dict[str, str] | None:
        """A recipient's data for the template: every name has a value, if an empty one.

        Args:
            configuration: What the recipient has of their own. Raw content means nothing here.
            endpoint: The endpoint in AWS's shape.

        Returns:
            None where there is no template, the recipient has texts of their own, or the data are more than 262,144 bytes:
            then `rendered` goes by `SendEmail`.

        Raises:
            ValidationError: The subject has a line break once it is filled.
        """
        if self.template is None or configuration.title_override is not None or configuration.body_override is not None:
            return None
        filler = Filler(configuration.substitutions, self._common, endpoint)
        return self._fitting({alias.name: filler.render(alias.nodes, is_html=alias.is_html) for alias in self._aliases})

    def own_data(self, configuration: EndpointSendConfiguration) -> dict[str, str] | None:
        """The same data, where all of them are the recipient's own values and so the same at each endpoint; None otherwise.

        Raises:
            ValidationError: As for `data`.
        """
        has_texts = configuration.title_override is not None or configuration.body_override is not None
        if self.template is None or self._own_names is None or has_texts:
            return None
        own = configuration.substitutions or _NO_VALUES
        data = {}
        try:
            for name, filled_by, is_escaped in self._own_names:
                (value,) = own[filled_by]
                data[name] = escaped(value) if is_escaped else value
        except (KeyError, ValueError):  # it isn't there, or is a list
            return None
        return self._fitting(data)

    def _fitting(self, data: dict[str, str]) -> dict[str, str] | None:
        """Data, if they aren't too large."""
        for alias in self._in_subject:
            _refuse_line_breaks("simple_email.subject", data[alias.name])
        at_most = _LONGEST_ESCAPE * sum(map(len, data.values())) + _AROUND_A_VALUE * len(data)
        return None if at_most > MAX_TEMPLATE_DATA and len(write_json(data)) > MAX_TEMPLATE_DATA else data

    def headers(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> list[tuple[str, str]]:
        """A recipient's headers, without those whose value is empty; what isn't ASCII is put in encoded words.

        Raises:
            ValidationError: A value has a line break or another control character, or is too long, once it is filled.
        """
        if not self._headers:
            return []
        filler = Filler(configuration.substitutions, self._common, endpoint)
        filled = [(name, _header(name, part.fill(filler))) for name, part in self._headers]
        return [(name, value) for name, value in filled if value]

    def rendered(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> RenderedEmail:
        """The whole e-mail for one recipient, for `SendEmail`.

        Raises:
            ValidationError: As for `headers`, and for a line break in the subject or in a header of a raw message.
        """
        filler = Filler(configuration.substitutions, self._common, endpoint)
        if self._raw is not None:
            return RenderedEmail(None, None, None, (), _filled(self._raw, filler))
        title, body = configuration.title_override, configuration.body_override
        subject = self._subject if title is None else self._subject or _Part(())
        text, html = self._text, self._html
        if body is not None and text is None and html is None:
            text = _Part(())
        filled_subject = None if subject is None else subject.fill(filler, title)
        if filled_subject is not None:
            _refuse_line_breaks("simple_email.subject", filled_subject)
        return RenderedEmail(
            filled_subject,
            None if text is None else text.fill(filler, body),
            None if html is None else html.fill(filler, body),
            tuple(self.headers(configuration, endpoint)),
            None,
        )

    def missing(self, configuration: EndpointSendConfiguration, endpoint: Mapping[str, Any]) -> tuple[str, ...]:
        """The names in the recipient's texts that have no value."""
        return self._demands.missing(configuration, endpoint)


def for_email(message: DirectMessageConfiguration) -> EmailTexts | None:
    """Prepares a message for SES; None if it has nothing for e-mail."""
    content = content_of(message, "EMAIL")
    if content is None:
        return None
    members = content.message
    demands = Demands.of(content)
    if "RawEmail" in members:
        raw = parse_mime(base64.b64decode(members["RawEmail"].get("Data", "")))
        return EmailTexts(None, None, None, None, (), raw, (), (), content.substitutions, demands)
    simple = members.get("SimpleEmail", {})
    written = {
        name: simple.get(part, {}) for name, part in (("subject", "Subject"), ("text", "TextPart"), ("html", "HtmlPart"))
    }
    if "Body" in members and "Data" not in written["text"]:
        written["text"] = {"Data": members["Body"]}
    parts = {
        name: _Part(parse(part["Data"]), is_html=name == "html", charset=part.get("Charset"))
        for name, part in written.items()
        if "Data" in part
    }
    renaming = Renaming(new_names(()))
    renamed = {name: renaming.rename(written[name]["Data"], is_html=part.is_html) for name, part in parts.items()}
    headers = tuple((header.get("Name", ""), _Part(parse(header.get("Value", "")))) for header in simple.get("Headers", ()))
    aliases = tuple({alias.name: alias for _, found in renamed.values() for alias in found}.values())
    return EmailTexts(
        _template({name: text for name, (text, _) in renamed.items()}, parts),
        parts.get("subject"),
        parts.get("text"),
        parts.get("html"),
        headers,
        None,
        renamed["subject"][1] if "subject" in renamed else (),
        aliases,
        content.substitutions,
        demands,
    )


def _plain(aliases: tuple[Alias, ...]) -> tuple[tuple[str, str, bool], ...] | None:
    plain = [(alias.name, alias.filled_by, alias.is_escaped) for alias in aliases if alias.filled_by is not None]
    return tuple(plain) if len(plain) == len(aliases) else None


def _template(texts: Mapping[str, str], parts: Mapping[str, _Part]) -> EmailTemplate | None:
    is_utf_8 = all(part.charset is None or part.charset.upper() in _UTF_8 for part in parts.values())
    if not is_utf_8 or texts.keys() <= {"subject"} or len(write_json(dict(texts))) > MAX_INLINE_TEMPLATE:
        return None
    return EmailTemplate(texts.get("subject"), texts.get("text"), texts.get("html"))


def _header(name: str, value: str) -> str:
    path = f"simple_email.headers[{name!r}]"
    _refuse_line_breaks(path, value)
    if not value.isascii():
        value = Header(value, "utf-8", maxlinelen=_ENCODED_WORD, header_name=name).encode(linesep="\n").replace("\n ", " ")
    if not value.isprintable():
        raise ValidationError("EmailMessage", [Fault(path, "has a control character once it is filled")])
    if len(name) + len(value) > MAX_HEADER:
        problem = f"{len(name) + len(value):,} characters with its name once it is filled, at most {MAX_HEADER} are allowed"
        raise ValidationError("EmailMessage", [Fault(path, problem)])
    return value


def _filled(raw: MimeText, filler: Filler) -> bytes:
    try:
        return raw.fill(filler, refuses=True)
    except HeaderError as error:
        raise ValidationError("EmailMessage", [Fault("raw_email.data", f"has a header that {error}")]) from None


def _refuse_line_breaks(path: str, value: str) -> None:
    if "\n" in value or "\r" in value:
        raise ValidationError("EmailMessage", [Fault(path, LINE_BREAK)])
