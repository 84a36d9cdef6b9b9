"""A message and its users looked at before a send, without network: every fault of both at once."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

import attrs

from pinpoint_users._files.duplicates import Duplicates
from pinpoint_users._files.faults import BadLine, FileFault, FileFaultsError
from pinpoint_users._files.line_check import LineCheck
from pinpoint_users._files.message_file import MessageFile, read_message
from pinpoint_users._files.objects import UserLine
from pinpoint_users._files.source import Source, name_of, rereadable
from pinpoint_users._files.user_file import Pair, Part, UserFormat, UserRows, pairs_of, read_parts, read_users
from pinpoint_users._rendering.content import content_of
from pinpoint_users._shapes.gsm import sms_parts
from pinpoint_users._shapes.limits import MAX_SMS_OTHER
from pinpoint_users._shapes.raw_content import strings
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.messages.configuration import DirectMessageConfiguration

MAX_FAULTS = 1_000
"""Faults that are kept; the others are counted."""
_SAMPLE = 1_000
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d\d")


@attrs.frozen(kw_only=True)
class SMSParts:
    """Into how many parts the SMS of the first users goes; rates and prices count parts."""

    users: int
    """The users who were looked at: at most the first 1,000."""
    least: int
    """The fewest parts of one user's SMS."""
    most: int
    """The most parts of one user's SMS."""
    total: int
    """The parts of all of these users together."""


@attrs.frozen(kw_only=True)
class Checked:
    """What a check has found."""

    message: MessageFile | None
    """The message; None if it can't be read."""
    users: int
    """Users who can be sent to."""
    bad_lines: int
    """Lines that make no user, or a user who lacks something."""
    duplicates: int
    """Lines whose user has been in a line before."""
    repeated: frozenset[str]
    """The users of those lines."""
    fault_count: int
    """Faults in all."""
    faults: tuple[FileFault, ...]
    """The first thousand of them: the message's, then the users' in the order of their lines, then the duplicates."""
    notes: tuple[FileFault, ...]
    """What may be as it is, and can hardly be meant."""
    first: UserLine | None
    """The first user who can be sent to."""
    sms_parts: SMSParts | None
    """Of the SMS, if there is one and there are users."""

    @property
    def is_right(self) -> bool:
        """Whether there is no fault."""
        return self.fault_count == 0


class _Faults:
    def __init__(self) -> None:
        self.kept: list[FileFault] = []
        self.count = 0

    def add(self, faults: Iterable[FileFault]) -> None:
        for fault in faults:
            self.count += 1
            if len(self.kept) < MAX_FAULTS:
                self.kept.append(fault)


def check(
    message: str | Path | MessageFile,
    users: Source,
    *,
    format: UserFormat | None = None,  # noqa: A002 - as in `read_users`
    demands_variables: bool = True,
) -> Checked:
    """Looks at a message and at all of its users.

    Args:
        message: The message file, or what was read of it.
        users: The file of users. What can be read once only is copied to disk for the time of the check: whoever sends to the
            same users afterwards hands in a copy of `rereadable`.
        format: Its format; by default what the content says.
        demands_variables: Whether a user lacks something without a value for each variable that every channel uses.
    """
    faults = _Faults()
    read: MessageFile | None = None
    try:
        read = message if isinstance(message, MessageFile) else read_message(message)
    except FileFaultsError as error:
        faults.add(error.faults)
    configuration = read.message if read is not None else None
    looker = _Users(name_of(users), configuration or DirectMessageConfiguration(), faults, demands_variables=demands_variables)
    try:
        with rereadable(users) as again:
            looker.look(read_parts(again, format=format))
            if looker.duplicates.are_there():
                looker.tell_duplicates(read_parts(again, format=format))
    except FileFaultsError as error:
        faults.add(error.faults)
    else:
        if not looker.users and not faults.count:
            faults.add([FileFault(name_of(users), None, "", "has no users: a line after the first is one")])
    if looker.duplicates.is_full:
        problem = f"users who are there twice were looked for among the first {looker.duplicates.most:,} users only"
        looker.notes.append(FileFault(name_of(users), None, "", problem))
    return Checked(
        message=read,
        users=looker.users,
        bad_lines=looker.bad_lines,
        duplicates=looker.repeated,
        repeated=frozenset(looker.repeated_users),
        fault_count=faults.count,
        faults=tuple(faults.kept),
        notes=(*(read.notes if read else ()), *looker.notes),
        first=looker.first,
        sms_parts=looker.sms_parts(),
    )


def good_pairs(
    checked: Checked,
    users: Source,
    *,
    format: UserFormat | None = None,  # noqa: A002 - as in `read_users`
    on_bad_line: Callable[[BadLine], object],
) -> Iterator[Pair]:
    """The users in whom a check found no fault, each once, as `send` and `stream` take them.

    Args:
        checked: What the check of the same message and users has found.
        users: The file of users.
        format: Its format, as for the check.
        on_bad_line: Told of each of the other lines, in the order of the file.

    Raises:
        FileFaultsError: As from `read_users`.
    """
    if not (checked.bad_lines or checked.duplicates):
        yield from pairs_of(users, format=format, on_bad_line=on_bad_line)
        return
    message = checked.message.message if checked.message else None
    look = LineCheck(name_of(users), message or DirectMessageConfiguration())
    first: dict[str, int] = {}
    for line in read_users(users, format=format):
        if isinstance(line, BadLine):
            on_bad_line(line)
            continue
        bad = look.bad_line(line)
        if bad is None and line.user_id in checked.repeated:
            before = first.setdefault(line.user_id, line.line)
            bad = None if before == line.line else look.repeated_line(line.line, line.user_id, before)
        if bad is None:
            yield line.user_id, line.configuration
        else:
            on_bad_line(bad)


class _Users:
    def __init__(self, name: str, message: DirectMessageConfiguration, faults: _Faults, *, demands_variables: bool) -> None:
        self._name = name
        self._faults = faults
        self._check = LineCheck(name, message, demands_variables=demands_variables)
        self._used = _words_in_tags(message)
        content = content_of(message, "SMS")
        text = content.message.get("Body", "") if content else ""
        common = content.substitutions.values() if content else ()
        self._longest_common = max((len(value) for values in common for value in values), default=0)
        # What a block or a helper makes of a value may be of any length.
        self._sms_length = len(text) if not re.search(r"\{\{\{?\s*[#>^]|\{\{[^{}]*\s[^{}]*\}\}", text) else MAX_SMS_OTHER + 1
        self._sms_tags = text.count("{{")
        self.users = 0
        self.bad_lines = 0
        self._bad_at = array("q")
        self.repeated = 0
        self.repeated_users: set[str] = set()
        self.duplicates = Duplicates()
        self.notes: list[FileFault] = []
        self._has_shortened = False
        self.first: UserLine | None = None
        self._parts: list[int] = []

    def look(self, parts: Iterable[Part]) -> None:
        for part in parts:
            if isinstance(part, BadLine):
                self._bad(part)
            elif isinstance(part, UserLine):
                self._line(part)
            elif not part.rows:
                self._note_unused(part.columns.variable_names)
            else:
                self._note_shortened(part)
                sample = max(1 - self.users, _SAMPLE - len(self._parts) if self._check.has_sms else 0, 0)
                self._one_by_one(UserRows(part.first_line, part.columns, part.rows[:sample]))
                rest = UserRows(part.first_line + sample, part.columns, part.rows[sample:])
                if self._is_usual(rest):
                    self.users += len(rest.rows)
                    at = rest.columns.id_at
                    self.duplicates.extend([row[at] for row in rest.rows])
                else:
                    self._one_by_one(rest)

    def _one_by_one(self, part: UserRows) -> None:
        for line, (user_id, configuration) in enumerate(part.pairs(), part.first_line):
            self._line(UserLine(user_id, configuration, line))

    def _is_usual(self, part: UserRows) -> bool:
        """Whether none of the rows can lack anything or be too long: then no more than their IDs is looked at."""
        columns = part.columns
        needed = self._check.variables.needed
        if not columns.is_plain or not needed <= {*columns.variable_names}:
            return False
        if self._check.has_sms and part.rows:
            longest = max(self._longest_common, *map(len, chain.from_iterable(part.rows)))
            if self._sms_length + self._sms_tags * longest > MAX_SMS_OTHER:
                return False
        places = [at for at, name in columns.variables if name in needed]
        return not any(not row[at] for row in part.rows for at in places)

    def _line(self, line: UserLine) -> None:
        bad = self._check.bad_line(line)
        if bad is not None:
            self._bad(bad)
            return
        if len(self._parts) < _SAMPLE and (text := self._check.sms(line.configuration)) is not None:
            self._parts.append(sms_parts(text))
        self.users += 1
        self.duplicates.extend([line.user_id])
        if self.first is None:
            self.first = line

    def _bad(self, bad: BadLine) -> None:
        self.bad_lines += 1
        self._bad_at.append(bad.line)
        self._faults.add(bad.faults)

    def _note_unused(self, names: tuple[str, ...]) -> None:
        if not self._used:
            return
        self.notes += [
            FileFault(self._name, 1, name, "is a column that no text of the message uses")
            for name in names
            if name not in self._used
        ]

    def _note_shortened(self, part: UserRows) -> None:
        """Tells of the first number whose digits a spreadsheet has left out."""
        if self._has_shortened or "E+" not in "\t".join(chain.from_iterable(part.rows)):
            return
        for line, row in enumerate(part.rows, part.first_line):
            for name, cell in zip(part.columns.names, row, strict=True):
                if _SHORTENED.fullmatch(cell):
                    problem = (
                        f"{cell} is how a spreadsheet shows a long number, without all of its digits: format the column as text"
                    )
                    self.notes.append(FileFault(self._name, line, name, problem))
                    self._has_shortened = True
                    return

    def tell_duplicates(self, parts: Iterable[Part]) -> None:
        lines = ((line, user_id) for line, user_id in _ids(parts) if not self._is_bad(line))
        for line, user_id, before in self.duplicates.repeated(lines):
            self.repeated += 1
            self.repeated_users.add(user_id)
            self._faults.add(self._check.repeated_line(line, user_id, before).faults)

    def _is_bad(self, line: int) -> bool:
        bad = self._bad_at
        at = bisect_left(bad, line)
        return at < len(bad) and bad[at] == line

    def sms_parts(self) -> SMSParts | None:
        parts = self._parts
        return SMSParts(users=len(parts), least=min(parts), most=max(parts), total=sum(parts)) if parts else None


def _words_in_tags(message: DirectMessageConfiguration) -> set[str]:
    """All words between the braces of a message's texts, and what each of them begins with up to a dot."""
    tags = (tag for text in strings(to_wire(message)) for tag in re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL))
    words = {word for tag in tags for word in re.findall(r"[^\s{}()\[\]\"'|=#/^&~>*]+", tag)}
    return words | {word.partition(".")[0] for word in words}


def _ids(parts: Iterable[Part]) -> Iterator[tuple[int, str]]:
    for part in parts:
        if isinstance(part, UserRows):
            at = part.columns.id_at
            for line, row in enumerate(part.rows, part.first_line):
                yield line, row[at]
        elif isinstance(part, UserLine):
            yield part.line, part.user_id
