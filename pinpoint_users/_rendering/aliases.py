"""Texts that another service fills in part: what it can't fill becomes a plain `{{v1}}`, whose value is made here."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence

import attrs

from pinpoint_users._rendering.helpers import HELPERS
from pinpoint_users._shapes.placeholders import Block, Node, Output, Partial, Path, demanded_name, parse

_PLAIN = re.compile(r"\w+")


@attrs.frozen
class Alias:
    """A name in a text, and what is filled in for it."""

    name: str
    nodes: tuple[Node, ...]
    is_html: bool
    filled_by: str | None
    """The name whose value is filled in, where there is no more to it."""
    is_escaped: bool
    """Whether that value is escaped."""

    @classmethod
    def of(cls, name: str, nodes: tuple[Node, ...], *, is_html: bool) -> Alias:
        """An alias of what parts of a text say together."""
        only = nodes[0] if len(nodes) == 1 else None
        if not isinstance(only, Output) or only.call.arguments or only.call.named:
            return cls(name, nodes, is_html, filled_by=None, is_escaped=False)
        return cls(name, nodes, is_html, filled_by=only.call.head.text, is_escaped=is_html and only.is_escaped)


def new_names(taken: Container[str]) -> Iterator[str]:
    """`v1`, `v2` and so on, but for those that are taken."""
    number = 0
    while True:
        number += 1
        if (name := f"v{number}") not in taken:
            yield name


class Renaming:
    """Gives aliases to whatever in texts is to be filled here.

    Args:
        names: The names of aliases, as `new_names` gives them.
        is_kept: Whether an output stays as it is, for the other service to fill; None if that fills nothing but aliases, and
            knows no other use of two braces.
    """

    def __init__(self, names: Iterator[str], is_kept: Callable[[Output], bool] | None = None) -> None:
        self._names = names
        self._is_kept = is_kept
        self._known: dict[tuple[str, bool], Alias] = {}

    def rename(self, text: str, *, is_html: bool = False) -> tuple[str, tuple[Alias, ...]]:
        """The text with its aliases in place, and the aliases; the same text and none if nothing is to be filled here."""
        if "{{" not in text:
            return text, ()
        nodes = parse(text)
        if self._is_kept is not None and all(isinstance(node, str) or self._keeps(node) for node in nodes):
            return text, ()
        if any(map(_reaches_further, nodes)) or _is_ambiguous(nodes):
            alias = Alias.of(next(self._names), nodes, is_html=is_html)
            return f"{{{{{alias.name}}}}}", (alias,)
        parts, aliases = [], []
        for node in nodes:
            if isinstance(node, str):
                parts.append(node)
            elif isinstance(node, Output) and self._keeps(node):
                parts.append(_written(node))
            else:
                alias = self._alias(node, is_html=is_html)
                aliases.append(alias)
                parts.append(f"{{{{{alias.name}}}}}")
        return "".join(parts), tuple(aliases)

    def _keeps(self, node: Node) -> bool:
        return self._is_kept is not None and isinstance(node, Output) and self._is_kept(node)

    def _alias(self, node: Node, *, is_html: bool) -> Alias:
        """A new one, or the one that the same name has already."""
        if not isinstance(node, Output) or demands_a_helper(node):
            return Alias.of(next(self._names), (node,), is_html=is_html)
        known = (node.call.head.text, is_html and node.is_escaped)
        if known not in self._known:
            self._known[known] = Alias.of(next(self._names), (node,), is_html=is_html)
        return self._known[known]


def demands_a_helper(output: Output) -> bool:
    """Whether it is more than a name: each time it is filled, it may be with something else."""
    call = output.call
    return bool(call.arguments or call.named or call.head.text in HELPERS)


def is_substitution(output: Output) -> bool:
    """Whether it is the name of a substitution and nothing else, or an item of its list."""
    return not demands_a_helper(output) and demanded_name(output.call.head) is not None


def _reaches_further(node: Node) -> bool:
    """Whether it defines a text for partials, or uses one that stands elsewhere: alone, it would be something else."""
    return isinstance(node, Partial) or (isinstance(node, Block) and bool(node.sign))


def _is_ambiguous(nodes: Sequence[Node]) -> bool:
    """Whether a text, put together again, could be read otherwise: by braces and backslashes that are no tag's."""
    for at, node in enumerate(nodes):
        if isinstance(node, str) and (
            "{{" in node or (at > 0 and node.startswith("}")) or (at + 1 < len(nodes) and node.endswith(("{", "\\")))
        ):
            return True
    return False


def _written(output: Output) -> str:
    name = _name_of(output.call.head)
    return f"{{{{{name}}}}}" if output.is_escaped else f"{{{{{{{name}}}}}}}"


def _name_of(path: Path) -> str:
    return path.text if len(path.steps) > 1 or _PLAIN.fullmatch(path.text) else f"[{path.text}]"
