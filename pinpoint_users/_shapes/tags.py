"""The tags of a text in Handlebars, each as it is written."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

_BEGIN_OF_NOTE = re.compile(r"\{\{~?!--")
_BEGIN_OF_RAW_BLOCK = re.compile(r"\{\{\{\{(?!/)")


@functools.cache
def _tag_pattern(*, has_notes: bool, has_raw_blocks: bool) -> re.Pattern[str]:
    verbatim, note = "(?P<name>(?!))(?P<verbatim>(?!))", "(?P<end_of_note>(?!))"
    if has_raw_blocks:
        verbatim = r"\{\{\{\{\s*(?P<name>[^\s{}/]+)[^{}]*\}\}\}\}(?P<verbatim>.*?)\{\{\{\{/(?P=name)\s*\}\}\}\}"
    if has_notes:
        note = r"!--.*?--(?P<end_of_note>~?)\}\}"
    return re.compile(
        rf"(?<!\\)(?P<slashes>\\*)(?:{verbatim}"
        r"|(?P<unclosed>\{\{\{\{)"
        rf"|\{{\{{(?P<left>~?)(?:{note}|!(?!--)(?P<note>[^}}]*)\}}\}}"
        r"|\{(?P<raw>(?:\"[^\"]*\"|'[^']*'|[^{}\"'])*)\}(?P<end_of_raw>~?)\}\}"
        r"|(?P<inner>(?:\"[^\"]*\"|'[^']*'|[^{}\"'])*)\}\}))",
        re.DOTALL,
    )


class _Sought:
    """Whether there may still be a tag of a kind whose end, if it has none, would be sought to the end of the text by each."""

    def __init__(self, text: str, begin: re.Pattern[str], last_end: int) -> None:
        self._text, self._begin, self._last_end = text, begin, last_end
        self._next = -1

    def is_there(self, at: int) -> bool:
        """Whether one begins from here on, and before the last end."""
        if self._next < at < self._last_end:
            found = self._begin.search(self._text, at)
            self._next = len(self._text) if found is None else found.start()
        return at <= self._next < self._last_end


def tags(text: str) -> Iterator[re.Match[str]]:
    """The tags of a text, up to one that makes all of it a text."""
    if "!--" not in text and "{{{{" not in text:  # as nearly all
        yield from _tag_pattern(has_notes=False, has_raw_blocks=False).finditer(text)
        return
    notes = _Sought(text, _BEGIN_OF_NOTE, max(text.rfind("--}}"), text.rfind("--~}}")))
    raw_blocks = _Sought(text, _BEGIN_OF_RAW_BLOCK, text.rfind("{{{{/"))
    at = 0
    while tag := _tag_pattern(has_notes=notes.is_there(at), has_raw_blocks=raw_blocks.is_there(at)).search(text, at):
        yield tag
        if tag["unclosed"] and not tag["slashes"]:
            break
        at = tag.end()
