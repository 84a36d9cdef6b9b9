"""A text rendered for one recipient: variables, blocks, helpers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from pinpoint_users._rendering.helpers import CONDITIONS, HELPERS, MAX_ITEMS, TAKES_WORDS, helped, is_true, text_of
from pinpoint_users._shapes.placeholders import Block, Call, Expression, Literal, Node, Output, Partial, Path, parse

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"})


F = TypeVar("F", bound="Filler")

FALLBACK = "default:"
"""Before the name of an attribute: a value for all who lack the attribute, as a template's default is one."""

_NOTHING: Mapping[str, Any] = {}
_MOST = 10_000_000
"""The characters that the loops and partials of one text write, where each time round counts a thousand of them at least."""


class _TooLargeError(Exception):
    """The loops and partials of a text come to no end worth waiting for: nested ones multiply."""


def escaped(text: str) -> str:
    """A text as it is written into HTML."""
    return text if text.isalnum() else text.translate(_ESCAPED)


class Filler:
    """What fills the texts of one recipient.

    Args:
        own: The recipient's substitutions, which win over all else.
        common: The message's substitutions, which win over attributes of the same name (inferred).
        endpoint: The endpoint in AWS's shape, whose attributes `{{User.UserAttributes.Name}}` and the like name.
    """

    __slots__ = ("_common", "_endpoint", "_left", "_own")

    def __init__(
        self, own: Mapping[str, Sequence[str]] | None, common: Mapping[str, Sequence[str]], endpoint: Mapping[str, Any]
    ) -> None:
        self._own = _NOTHING if own is None else own
        self._common = common
        self._endpoint = endpoint
        self._left = _MOST

    def alike(self, kind: type[F]) -> F:
        """A filler of another kind, with the same values."""
        return kind(self._own, self._common, self._endpoint)

    def fill(self, text: str) -> str:
        """A text with its variables filled; one that can't be read stays as it is."""
        return self.render(parse(text)) if "{{" in text else text

    def fill_html(self, text: str) -> str:
        """The same for HTML: `{{name}}` is escaped as in Handlebars, `{{{name}}}` isn't.

        What the real service did isn't documented.
        """
        return self.render(parse(text), is_html=True) if "{{" in text else text

    def render(self, nodes: Sequence[Node], *, is_html: bool = False) -> str:
        """What was parsed before, filled; empty if its loops go round more than 10,000 times, or write more than 10 MB."""
        if len(nodes) == 1 and isinstance(nodes[0], Output):
            return self._output(nodes[0], _NOTHING, is_html=is_html)
        self._left = _MOST
        try:
            return self._render(nodes, _NOTHING, is_html=is_html)
        except _TooLargeError:
            return ""

    def has(self, path: Path) -> bool:
        """Whether there is any value for a name."""
        return self._at(path, _NOTHING) not in (None, [], {})

    def _render(self, nodes: Sequence[Node], scope: Mapping[str, Any], *, is_html: bool) -> str:
        parts = []
        defined = [inline for node in nodes if isinstance(node, Block) and (inline := _inline(node))]
        if defined:
            scope = {**scope, **dict(defined)}
        for node in nodes:
            if isinstance(node, str):
                parts.append(node)
            elif isinstance(node, Partial) or (isinstance(node, Block) and node.sign == ">"):
                parts.append(self._partial(node, scope, is_html=is_html))
            elif isinstance(node, Output):
                parts.append(self._output(node, scope, is_html=is_html))
            else:
                parts.append(self._block(node, scope, is_html=is_html))
        return "".join(parts)

    def _output(self, output: Output, scope: Mapping[str, Any], *, is_html: bool) -> str:
        call = output.call
        name = call.head.text
        # Most are a name of the recipient's own, or of the message's, with one value.
        listed = None if scope or call.arguments or call.named else self._own.get(name, self._common.get(name))
        value = listed[0] if listed is not None and len(listed) == 1 else self._called(call, scope)
        text = value if type(value) is str else text_of(value)
        return escaped(text) if is_html and output.is_escaped else text

    def _partial(self, node: Partial | Block, scope: Mapping[str, Any], *, is_html: bool) -> str:
        """A text that is used by its name, which isn't known within itself; of a block, what stands in it if there is none."""
        key = _key_of(node.call.head.text)
        within = {**scope, **self._named(node.call, scope)}
        if node.call.arguments:
            within["this"] = self._value(node.call.arguments[0], scope)
        nodes = within.pop(key, node.body if isinstance(node, Block) else ())
        return self._repeated(nodes, within, is_html=is_html)

    def _repeated(self, nodes: Sequence[Node], scope: Mapping[str, Any], *, is_html: bool) -> str:
        """What may be rendered many times in a text."""
        self._left -= 1_000
        if self._left < 0:
            raise _TooLargeError
        text = self._render(nodes, scope, is_html=is_html)
        self._left -= len(text)
        return text

    def _block(self, block: Block, scope: Mapping[str, Any], *, is_html: bool) -> str:
        name = block.call.head.text
        if block.sign == "*":
            return ""
        if name in CONDITIONS:
            is_met = is_true(self._value(Call(block.call.head, block.call.arguments), scope))
            return self._render(block.body if is_met else block.otherwise, scope, is_html=is_html)
        given = [self._value(argument, scope) for argument in block.call.arguments]
        value = given[0] if given and name in {"each", "with"} else self._value(block.call, scope)
        if not is_true(value):
            return self._render(block.otherwise, scope, is_html=is_html)
        if name == "with" or not isinstance(value, (list, tuple, Mapping)):
            return self._render(block.body, {**scope, **_named(block, value), "this": value}, is_html=is_html)
        pairs = list(islice(value.items() if isinstance(value, Mapping) else enumerate(value), MAX_ITEMS))
        return "".join(
            self._repeated(
                block.body,
                {
                    **scope,
                    **_named(block, item, key),
                    "this": item,
                    "@index": number,
                    "@key": key,
                    "@first": number == 0,
                    "@last": number == len(pairs) - 1,
                },
                is_html=is_html,
            )
            for number, (key, item) in enumerate(pairs)
        )

    def _value(self, expression: Expression, scope: Mapping[str, Any]) -> Any:
        if isinstance(expression, Literal):
            return expression.value
        return self._at(expression, scope) if isinstance(expression, Path) else self._called(expression, scope)

    def _called(self, call: Call, scope: Mapping[str, Any]) -> Any:
        if not call.arguments and not call.named:
            found = self._at(call.head, scope)
            return helped(call.head.text, (), {}) if found is None and call.head.text in HELPERS else found
        name = call.head.text
        value_of = self._value_or_word if name in TAKES_WORDS else self._value
        return helped(name, [value_of(argument, scope) for argument in call.arguments], self._named(call, scope))

    def _named(self, call: Call, scope: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._value_or_word(value, scope) if name == "tz" else self._value(value, scope)
            for name, value in call.named.items()
        }

    def _value_or_word(self, expression: Expression, scope: Mapping[str, Any]) -> Any:
        """The value, or what is written where no variable is of that name: `tz=Europe/London`."""
        value = self._value(expression, scope)
        return expression.text if value is None and isinstance(expression, Path) else value

    def _at(self, path: Path, scope: Mapping[str, Any]) -> Any:
        name = path.text
        if name not in scope:
            for values in (self._own, self._common):
                if name in values:
                    return list(values[name])
        value = self._along(path.steps, scope)
        if self._common and not value and value in (None, []) and (fallback := FALLBACK + name) in self._common:
            return list(self._common[fallback])
        return value

    def _along(self, steps: Sequence[str], scope: Mapping[str, Any]) -> Any:
        """The value at the end of a way, each of whose steps is a name or a position."""
        while steps and steps[0] == "..":
            steps = steps[1:]
        if not steps:
            return None
        value = self._first(steps[0], scope)
        for step in steps[1:]:
            if isinstance(value, (dict, Mapping)):  # a dict by itself is found fast
                value = value.get(step)
            elif isinstance(value, (list, tuple)):
                value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
            else:
                return None
        return value

    def _first(self, name: str, scope: Mapping[str, Any]) -> Any:
        if scope:
            if name in scope:
                return scope[name]
            this = scope.get("this")
            if isinstance(this, Mapping) and name in this:
                return this[name]
        for values in (self._own, self._common):
            if name in values:
                return list(values[name])
        return self._endpoint.get(name)


def _inline(block: Block) -> tuple[str, tuple[Node, ...]] | None:
    """A text that is defined for partials, under a key that is no variable's."""
    if block.sign != "*" or not block.call.arguments:
        return None
    name = block.call.arguments[0]
    return _key_of(name.text if isinstance(name, Path) else text_of(getattr(name, "value", None))), block.body


def _key_of(name: str) -> str:
    return f"> {name}"


def _named(block: Block, *values: Any) -> dict[str, Any]:
    return dict(zip(block.parameters, values, strict=False))
