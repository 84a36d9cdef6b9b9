"""What users have of their own, made of strings that are known to be text: the fast path for a million rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users.errors import MessageWarning
from pinpoint_users.messages.request import EndpointSendConfiguration

_Unfrozen = unfrozen_layout(EndpointSendConfiguration)

NOTHING_OF_ITS_OWN = EndpointSendConfiguration()


def pairs_of_rows(
    rows: Iterable[list[str]], id_at: int, names: Sequence[str]
) -> Iterator[tuple[str, EndpointSendConfiguration]]:
    """Users of rows that have an ID and variables and nothing else.

    Args:
        rows: The rows, whose strings were decoded from UTF-8, and so are text. The lists are used up.
        id_at: Where the ID is.
        names: The names of the other cells, in their order. A cell that is empty is no value.
    """
    if not names:
        for row in rows:
            yield row[id_at], NOTHING_OF_ITS_OWN
        return
    for row in rows:
        user_id = row.pop(id_at)
        made: Any = _Unfrozen()
        made.body_override = None
        made.context = None
        made.raw_content = None
        made.title_override = None
        if "" in row:
            filled = FrozenDict([(name, (value,)) for name, value in zip(names, row, strict=True) if value])
            made.substitutions = filled or None
        else:
            made.substitutions = FrozenDict(zip(names, zip(row)))  # noqa: B905 - the reader has counted them
        made.__class__ = EndpointSendConfiguration
        yield user_id, made


def configuration_of_texts(
    substitutions: Mapping[str, tuple[str, ...]],
    context: Mapping[str, str],
    body_override: str | None,
    title_override: str | None,
) -> EndpointSendConfiguration:
    """What a user has of their own, likewise of strings that are text."""
    made: Any = _Unfrozen()
    made.body_override = body_override
    made.context = FrozenDict(context) if context else None
    made.raw_content = None
    made.substitutions = FrozenDict(substitutions) if substitutions else None
    made.title_override = title_override
    made.__class__ = EndpointSendConfiguration
    return cast("EndpointSendConfiguration", made)


def checked_configuration(own: Mapping[str, Any]) -> EndpointSendConfiguration:
    """What a user has of their own, of values that may be wrong.

    Raises:
        ValidationError: What is wrong with them.
    """
    if "raw_content" not in own:
        return EndpointSendConfiguration(**own)
    with warnings.catch_warnings():  # of raw content that can't be checked, which a program would be told a million times
        warnings.simplefilter("ignore", MessageWarning)
        return EndpointSendConfiguration(**own)
