"""The language of a message's texts, Handlebars as Pinpoint has it: read here, and nowhere else.

The client asks which names a text demands; the embedded service renders what is read. A tag that can't be read is text, and so
is a whole text whose blocks aren't closed: nothing is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

import attrs

from pinpoint_users._shapes.tags import tags

SERVICE_ATTRIBUTES: frozenset[str] = frozenset(
    {
        *("Address", "ApplicationId", "Attributes", "ChannelType", "CohortId", "CreationDate", "Demographic", "EffectiveDate"),
        *("EndpointStatus", "Id", "Location", "Metrics", "OptOut", "RecommendationItems", "RequestId", "User"),
    }
)
"""What the service fills by itself, from the endpoint. A substitution of the same name wins (inferred)."""
_NEED_NOTHING = frozenset({"else", "now", "this", "uuid"})
_NEED_NO_VALUE = SERVICE_ATTRIBUTES | _NEED_NOTHING

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"[^"]*"|'[^']*')|(?P<bracket>[()])|(?P<key>[^\s"'=()|\[\]{}]+)=(?=\S)"""
    r"""|(?P<path>(?:\[[^\]]*\]|[^\s"'=()|\[\]{},#!^>&*])+))"""
)
_STEP = re.compile(r"\[([^\]]*)\]|(\.\.)|([^./\[\]]+)")
_PARAMETERS = re.compile(r"\sas\s*\|([^|]*)\|\s*\Z")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}


@attrs.frozen
class Path:
    """A name, or a way through an attribute: `name`, `name.[0]`, `User.UserAttributes.Name`, `@index`."""

    text: str
    """As it is written, without the brackets of a single step."""
    steps: tuple[str, ...]
    is_literal: bool = False
    """Whether it is a string, a number or a word such as `true`, alone in its tag, which may be a name all the same."""


@attrs.frozen
class Literal:
    """A string, a number or a word such as `true`."""

    value: str | float | bool | None


@attrs.frozen
class Call:
    """A helper with what it is given; or a name alone."""

    head: Path
    arguments: tuple[Expression, ...] = ()
    named: Mapping[str, Expression] = attrs.Factory(dict)


Expression: TypeAlias = "Path | Literal | Call"


@attrs.frozen
class Output:
    """`{{name}}`, or unescaped `{{{name}}}` and `{{&name}}`."""

    call: Call
    is_escaped: bool


@attrs.frozen
class Partial:
    """`{{> name}}`: the text that `{{#* inline "name"}}…{{/inline}}` defines."""

    call: Call


@attrs.frozen
class Block:
    """`{{#name …}}…{{else}}…{{/name}}`."""

    call: Call
    parameters: tuple[str, ...]
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]
    sign: str
    """`*` where it defines a text for partials, `>` where it stands for one that may be absent, else nothing."""


Node: TypeAlias = "str | Output | Partial | Block"


class _MalformedError(Exception):
    """A tag or the order of tags that the language doesn't have."""


@attrs.define
class _Open:
    """A block whose end isn't there yet."""

    tag: str
    call: Call
    parameters: tuple[str, ...] = ()
    sign: str = ""
    is_inverted: bool = False
    is_chained: bool = False
    body: list[Node] = attrs.Factory(list)
    otherwise: list[Node] | None = None

    @property
    def nodes(self) -> list[Node]:
        return self.body if self.otherwise is None else self.otherwise

    def close(self) -> Block:
        first, second = tuple(self.body), tuple(self.otherwise or ())
        return Block(self.call, self.parameters, *((second, first) if self.is_inverted else (first, second)), self.sign)


def parse(text: str) -> tuple[Node, ...]:
    """What a text is made of: strings, outputs and blocks. It refuses nothing."""
    if "{{" not in text:  # found in a hundredth of the time that the tags take to be looked for in an attachment
        return (text,) if text else ()
    try:
        return _parsed(text)
    except _MalformedError:
        return (text,)


def unread(text: str, *, is_html: bool = False) -> str | None:
    """What of a text looks like a tag and isn't one, so that it goes out as it is written; None if nothing does.

    Args:
        text: The text.
        is_html: Whether `}}` may stand in it by itself, as it does in CSS.
    """
    rest = _replaced(text, lambda _tag: " ")
    if rest != text and parse(text) == (text,):
        return "a block isn't closed, or ends where none began"
    if "{{" in rest:
        return "a {{ isn't closed by }}"
    return "a }} has no {{ before it" if "}}" in rest and not is_html else None


def literal(text: str) -> str:
    """The least that is left of the text once it is filled: no variable, no block."""
    return text if "{{" not in text else "".join(node for node in parse(text) if isinstance(node, str))


def with_stand_ins(text: str, stand_in: str) -> str:
    """The text with a stand-in for each variable and each helper, and nothing for each other tag; braces elsewhere are kept."""

    def of_tag(tag: re.Match[str]) -> str:
        inner = (tag["inner"] or "").strip(" ~")
        shows = tag["raw"] is not None or (inner and not inner.startswith(("#", "/", "^", "else", ">", "!")))
        return f"{tag['slashes']}{stand_in if shows else tag['verbatim'] or ''}"

    return _replaced(text, of_tag)


def variable_names(text: str) -> set[str]:
    """The names that the text demands of substitutions.

    None of them: what stands inside a block or is given to a helper, which may be absent on purpose; attributes, which have
    dots or are the service's own; `{{uuid}}` and `{{now}}`; literals such as `{{true}}` and `{{12}}`; raw blocks.

    >>> sorted(variable_names("Hi {{ name }}, {{code.[0]}} {{Id}} {{User.UserAttributes.Name}} {{#if vip}}{{tier}}{{/if}}"))
    ['code', 'name']
    """
    if "{{" not in text:
        return set()
    return {name for path in paths(parse(text)) if (name := demanded_name(path))}


def paths(nodes: Iterable[Node]) -> Iterator[Path]:
    """The names that stand alone in a text, outside of blocks: substitutions and attributes, each as often as it is there."""
    for node in nodes:
        if isinstance(node, Output) and not node.call.arguments and not node.call.named:
            path = node.call.head
            if not path.is_literal and path.steps[0] not in _NEED_NOTHING and not path.steps[0].startswith(("@", "..")):
                yield path


def demanded_name(path: Path) -> str | None:
    """The substitution that a name demands; None if it is an attribute, or a helper that needs no value."""
    name, *rest = path.steps
    if path.is_literal or name in _NEED_NO_VALUE or name.startswith(("@", "..")) or not all(step.isdecimal() for step in rest):
        return None
    return name


def _replaced(text: str, replacement: Callable[[re.Match[str]], str]) -> str:
    """The text with something else in the place of each of its tags."""
    parts, at = [], 0
    for tag in tags(text):
        parts += [text[at : tag.start()], replacement(tag)]
        at = tag.end()
    return "".join([*parts, text[at:]])


def _parsed(text: str) -> tuple[Node, ...]:
    root = _Open("", Call(Path("", ("",))))
    opened = [root]
    at, trims = 0, False
    for tag in tags(text):
        before = text[at : tag.start()] + tag["slashes"][1:]
        before = before.lstrip() if trims else before
        before = before.rstrip() if tag["left"] else before
        plain = _plain_text(tag)
        opened[-1].nodes.extend(filter(None, [before, plain]))
        at, trims = tag.end(), plain is None and _trims_after(tag)
        if plain is None and tag["raw"] is not None:
            _take(opened, tag["raw"].strip(), tag[0], is_escaped=False)
        elif plain is None and tag["inner"] is not None:
            _take(opened, tag["inner"].removesuffix("~").strip(), tag[0], is_escaped=True)
    rest = text[at:].lstrip() if trims else text[at:]
    if rest:
        opened[-1].nodes.append(rest)
    if len(opened) > 1:
        raise _MalformedError
    return tuple(root.body)


def _plain_text(tag: re.Match[str]) -> str | None:
    """What an escaped tag or a raw block is as text; None of any other tag."""
    if len(tag["slashes"]) == 1:
        return tag[0][1:]
    if tag["unclosed"]:
        raise _MalformedError
    return cast("str | None", tag["verbatim"])


def _trims_after(tag: re.Match[str]) -> bool:
    return bool(tag["end_of_note"] or tag["end_of_raw"]) or (tag["inner"] or tag["note"] or "").endswith("~")


def _take(opened: list[_Open], inner: str, tag: str, *, is_escaped: bool) -> None:
    """Takes one tag into the block that is open."""
    sign = inner[:1] if is_escaped else ""
    if inner in {"else", "^"}:
        _begin_else(opened)
    elif sign == "/":
        _end(opened, inner[1:].strip())
    elif is_escaped and re.match(r"else\s", inner):
        _begin_else(opened)
        opened.append(_open(inner[4:], is_chained=True))
    elif sign in {"#", "^"}:
        opened.append(_open(inner[1:].lstrip("*> "), is_inverted=sign == "^", sign=inner[1:2] if inner[1:2] in "*>" else ""))
    else:
        opened[-1].nodes.append(_shown(inner, tag, sign, is_escaped=is_escaped))


def _shown(inner: str, tag: str, sign: str, *, is_escaped: bool) -> Node:
    try:
        call = _call(inner[1:] if sign and sign in "&>" else inner)
    except _MalformedError:
        return tag
    return Partial(call) if sign == ">" else Output(call, is_escaped and sign != "&")


def _begin_else(opened: list[_Open]) -> None:
    if len(opened) == 1 or opened[-1].otherwise is not None:
        raise _MalformedError
    opened[-1].otherwise = []


def _open(inner: str, *, sign: str = "", is_inverted: bool = False, is_chained: bool = False) -> _Open:
    found = _PARAMETERS.search(inner)
    parameters = tuple(found[1].split()) if found else ()
    call = _call(inner[: found.start()] if found else inner)
    return _Open(call.head.text, call, parameters, sign, is_inverted, is_chained)


def _end(opened: list[_Open], name: str) -> None:
    while len(opened) > 1:
        block = opened.pop()
        opened[-1].nodes.append(block.close())
        if not block.is_chained:
            if block.tag != _unbracketed(name):
                break
            return
    raise _MalformedError


def _call(inner: str) -> Call:
    tokens = list(_tokens(inner))
    call, rest = _read_call(tokens)
    if rest:
        raise _MalformedError
    return call


def _tokens(inner: str) -> list[re.Match[str]]:
    found, at = [], 0
    inner = inner.strip()
    while at < len(inner):
        token = _TOKEN.match(inner, at)
        if token is None:
            raise _MalformedError
        found.append(token)
        at = token.end()
    return found


def _read_call(tokens: Sequence[re.Match[str]]) -> tuple[Call, Sequence[re.Match[str]]]:
    if not tokens:
        raise _MalformedError
    head, rest = _head(tokens[0], stands_alone=len(tokens) == 1), tokens[1:]
    arguments: list[Expression] = []
    named: dict[str, Expression] = {}
    while rest and rest[0]["bracket"] != ")":
        if rest[0]["key"] is not None:
            named[rest[0]["key"]], rest = _read_value(rest[1:])
        else:
            value, rest = _read_value(rest)
            arguments.append(value)
    return Call(head, tuple(arguments), named), rest


def _head(token: re.Match[str], *, stands_alone: bool) -> Path:
    text: str | None = token["path"]
    if text is not None and not (stands_alone and _is_literal(text)):
        return _path(text)
    if stands_alone and text is None and token["string"] is not None:
        text = token["string"][1:-1]
    if text is None:
        raise _MalformedError
    return Path(text, (text,), is_literal=True)


def _is_literal(word: str) -> bool:
    return word in _WORDS or (word.isascii() and bool(_NUMBER.fullmatch(word)))


def _read_value(tokens: Sequence[re.Match[str]]) -> tuple[Expression, Sequence[re.Match[str]]]:
    if not tokens or tokens[0]["key"] is not None or tokens[0]["bracket"] == ")":
        raise _MalformedError
    token, rest = tokens[0], tokens[1:]
    if token["bracket"] is not None:
        call, rest = _read_call(rest)
        if not rest:
            raise _MalformedError
        return call, rest[1:]
    if token["string"] is not None:
        return Literal(token["string"][1:-1]), rest
    word = token["path"]
    if _is_literal(word):
        return Literal(_WORDS[word] if word in _WORDS else float(word)), rest
    return _path(word), rest


def _path(text: str) -> Path:
    if text == ".":
        return Path("this", ("this",))
    steps = tuple(bracketed or up or name for bracketed, up, name in _STEP.findall(text))
    if not steps or not all(steps):
        raise _MalformedError
    return Path(_unbracketed(text), steps)


def _unbracketed(text: str) -> str:
    return text[1:-1] if re.fullmatch(r"\[[^\]]*\]", text) else text
