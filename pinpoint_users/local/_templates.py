"""A text rendered for one recipient: variables, blocks, helpers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pinpoint_users._shapes.placeholders import Block, Call, Expression, Literal, Node, Output, Partial, Path, parse
from pinpoint_users.local._helpers import CONDITIONS, HELPERS, MAX_ITEMS, TAKES_WORDS, helped, is_true, text_of

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"})


class Template:
    """What fills the texts of one recipient.

    Args:
        values: The substitutions, which win over attributes of the same name (inferred).
        endpoint: The endpoint in AWS's shape, whose attributes `{{User.UserAttributes.Name}}` and the like name.
    """

    def __init__(self, values: Mapping[str, Sequence[str]], endpoint: Mapping[str, Any]) -> None:
        self._values = values
        self._endpoint = endpoint

    def fill(self, text: str) -> str:
        """A text with its variables filled; one that can't be read stays as it is."""
        return self._render(parse(text), {}, is_html=False) if "{{" in text else text

    def fill_html(self, text: str) -> str:
        """The same for HTML: `{{name}}` is escaped as in Handlebars, `{{{name}}}` isn't.

        What the real service did isn't documented.
        """
        return self._render(parse(text), {}, is_html=True) if "{{" in text else text

    def _render(self, nodes: Sequence[Node], scope: Mapping[str, Any], *, is_html: bool) -> str:
        parts = []
        scope = {**scope, **dict(filter(None, map(_inline, nodes)))}
        for node in nodes:
            if isinstance(node, str):
                parts.append(node)
            elif isinstance(node, Partial) or (isinstance(node, Block) and node.sign == ">"):
                parts.append(self._partial(node, scope, is_html=is_html))
            elif isinstance(node, Output):
                text = text_of(self._value(node.call, scope))
                parts.append(text.translate(_ESCAPED) if is_html and node.is_escaped else text)
            else:
                parts.append(self._block(node, scope, is_html=is_html))
        return "".join(parts)

    def _partial(self, node: Partial | Block, scope: Mapping[str, Any], *, is_html: bool) -> str:
        """A text that is used by its name, which isn't known within itself; of a block, what stands in it if there is none."""
        key = _key_of(node.call.head.text)
        within = {**scope, **self._named(node.call, scope)}
        if node.call.arguments:
            within["this"] = self._value(node.call.arguments[0], scope)
        nodes = within.pop(key, node.body if isinstance(node, Block) else ())
        return self._render(nodes, within, is_html=is_html)

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
            self._render(
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
        if isinstance(expression, Path):
            return self._at(expression, scope)
        call = expression
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
        steps = path.steps
        while steps and steps[0] == "..":
            steps = steps[1:]
        if path.text in self._values and path.text not in scope:
            return list(self._values[path.text])
        value: Any = {**self._endpoint, **{name: list(listed) for name, listed in self._values.items()}, **scope}
        this = scope.get("this")
        if steps and isinstance(this, Mapping) and steps[0] in this and steps[0] not in scope:
            value = this
        for step in steps:
            if isinstance(value, list):
                value = value[int(step)] if step.isdecimal() and int(step) < len(value) else None
            else:
                value = value.get(step) if isinstance(value, Mapping) else None
        return value if steps else None


def _inline(node: Node) -> tuple[str, tuple[Node, ...]] | None:
    """A text that is defined for partials, under a key that is no variable's."""
    if not isinstance(node, Block) or node.sign != "*" or not node.call.arguments:
        return None
    name = node.call.arguments[0]
    return _key_of(name.text if isinstance(name, Path) else text_of(getattr(name, "value", None))), node.body


def _key_of(name: str) -> str:
    return f"> {name}"


def _named(block: Block, *values: Any) -> dict[str, Any]:
    return dict(zip(block.parameters, values, strict=False))
