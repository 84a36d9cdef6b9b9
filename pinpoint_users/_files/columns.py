"""The first line of a CSV file, or the names of another table's columns: what each of them sets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import attrs

from pinpoint_users._files.configurations import checked_configuration, configuration_of_texts
from pinpoint_users._files.faults import FileFault
from pinpoint_users._shapes.converters import near_misses
from pinpoint_users._shapes.unseen import unseen
from pinpoint_users.messages.request import EndpointSendConfiguration

SPECIAL = {
    "user_id": "user_id",
    "UserId": "user_id",
    "body_override": "body_override",
    "BodyOverride": "body_override",
    "title_override": "title_override",
    "TitleOverride": "title_override",
    "raw_content": "raw_content",
    "RawContent": "raw_content",
}
"""The names of columns that are no variables."""
_CONTEXT = ("context.", "Context.")
_LIKE = 0.85


def special_of(name: str) -> tuple[str, str] | None:
    """The field that a name sets, and the key in it; None for a variable."""
    if name in SPECIAL:
        return SPECIAL[name], ""
    key = name[len(_CONTEXT[0]) :]
    return ("context", key) if name.startswith(_CONTEXT) and key else None


def misspelt(name: str) -> str | None:
    """What a name was probably meant as that isn't quite a special one."""
    plain = name.lower().replace(" ", "_").replace("-", "_")
    if plain in SPECIAL:
        return plain
    near = difflib.get_close_matches(plain, [*SPECIAL], n=1, cutoff=_LIKE)
    return SPECIAL[near[0]] if near else None


def problem_of_ends(user_id: str) -> str | None:
    """What is wrong with the ends of a user's ID, which look as if nothing were."""
    if user_id != user_id.strip():
        return "has blanks at its ends: take them out"
    ends = user_id[:1] + user_id[-1:]
    hidden = None if ends.isascii() else unseen(ends)
    return f"has {hidden} at an end, which isn't seen: take it out" if hidden else None


@attrs.frozen
class Columns:
    """What the columns of a table set."""

    names: tuple[str, ...]
    id_at: int
    variables: tuple[tuple[int, str], ...]
    body_at: int | None
    title_at: int | None
    raw_at: int | None
    contexts: tuple[tuple[int, str], ...]
    nameless: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """Whether there are an ID and variables and nothing else."""
        return len(self.variables) + 1 == len(self.names)

    @property
    def variable_names(self) -> tuple[str, ...]:
        """The variables, in the order of their columns."""
        return tuple(name for _, name in self.variables)

    def configuration(self, row: Sequence[str]) -> EndpointSendConfiguration:
        """What the user of a row has of their own. A cell that is empty sets nothing.

        Args:
            row: As many cells as there are columns, all of them text.

        Raises:
            ValidationError: The raw content isn't what it should be.
        """
        substitutions = {name: (row[at],) for at, name in self.variables if row[at]}
        context = {key: row[at] for at, key in self.contexts if row[at]}
        body = row[self.body_at] or None if self.body_at is not None else None
        title = row[self.title_at] or None if self.title_at is not None else None
        if self.raw_at is None or not row[self.raw_at]:
            return configuration_of_texts(substitutions, context, body, title)
        own = {"body_override": body, "title_override": title, "raw_content": row[self.raw_at]}
        return checked_configuration({**own, "substitutions": substitutions or None, "context": context or None})


def columns_of(file: str, line: int | None, header: Sequence[str]) -> Columns | list[FileFault]:
    """What columns set; or each of their faults.

    Args:
        file: The file's name.
        line: The line that has the names.
        header: The names. Blanks at their ends don't count.
    """
    names = tuple(name.strip() for name in header)
    faults: list[FileFault] = []
    places: dict[tuple[str, str], int] = {}
    variables: list[tuple[int, str]] = []
    for at, name in enumerate(names):
        special = special_of(name) if name else None
        if not name:
            continue
        key = special or ("variable", name)
        if key in places:
            problem = f"column {at + 1} has the name of column {places[key] + 1}: rename one, or take it out"
            faults.append(FileFault(file, line, name, problem))
        elif special is None and (meant := misspelt(name)) is not None and (meant, "") not in places and meant not in names:
            faults.append(FileFault(file, line, name, f"did you mean {meant}? A variable needs a name that is less like it"))
        elif special is None:
            variables.append((at, name))
        places.setdefault(key, at)
    if ("user_id", "") not in places and not any("did you mean user_id" in fault.problem for fault in faults):
        faults.insert(0, FileFault(file, line, "", _missing_id(names)))
    if faults:
        return faults
    contexts = tuple((at, key) for (field, key), at in places.items() if field == "context")
    nameless = tuple(at for at, name in enumerate(names) if not name)
    return Columns(
        names,
        places["user_id", ""],
        tuple(variables),
        places.get(("body_override", "")),
        places.get(("title_override", "")),
        places.get(("raw_content", "")),
        contexts,
        nameless,
    )


def _missing_id(names: Sequence[str]) -> str:
    known = [name for name in names if name]
    if len(known) == 1 and "user_id" in re.split(r"[|:^~ ]", known[0].lower()):
        return "separates its columns otherwise than by commas, semicolons or tabs: save it with one of those"
    shown = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
    near = [name for name in known if name.lower() in {"id", "user", "uid", "userid", "user.userid"}]
    near = near or near_misses("user_id", known)
    hint = f"; did you mean {near[0]}? Rename it to user_id" if near else ""
    return f"has no column user_id, only {shown or 'columns without names'}: the first line names the columns{hint}"
