"""Journals as callers name them, opened: few runs have one, so each kind is imported when it is."""

from __future__ import annotations

from pinpoint_users._journal.interface import JournalReader, RunJournal
from pinpoint_users.journal import Journal


def open_journal(journal: Journal, *, application_id: str, content: bytes, within: float | None = None) -> RunJournal:
    """The journal of a run, opened.

    Args:
        journal: Where it is.
        application_id: The application of the run.
        content: Message, templates and context of the run in one encoding; only the SHA-256 is kept.
        within: Seconds in which the run is to end, if it is.

    Raises:
        ImportError: It takes the extra `postgres`, which isn't installed.
        JournalError: It can't be used: what is wrong, and what to do.
    """
    if journal.is_shared:
        from pinpoint_users._journal.postgres import PostgresJournal  # noqa: PLC0415 - as above

        return PostgresJournal(journal, application_id=application_id, content=content, within=within)
    from pinpoint_users._journal.file import JournalFile  # noqa: PLC0415 - as above

    return JournalFile(journal, application_id=application_id, content=content)


def reader_of(journal: Journal) -> JournalReader:
    """What tells what a journal knows of a whole run.

    Args:
        journal: Where it is.
    """
    if journal.is_shared:
        from pinpoint_users._journal.postgres_reader import PostgresReader  # noqa: PLC0415 - as above

        return PostgresReader(journal)
    from pinpoint_users._journal.reader import WholeFile  # noqa: PLC0415 - as above

    return WholeFile(journal)
