"""What is said when a journal in PostgreSQL can't be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pinpoint_users._journal import schema
from pinpoint_users._journal.codec import CorruptError
from pinpoint_users._postgres import LOCKED, PostgresConnection
from pinpoint_users.errors import JournalError
from pinpoint_users.journal import Journal, without_secrets


def name_of(journal: Journal) -> str:
    """A journal, for people."""
    return f"run {journal.run!r} at {without_secrets(journal.path)}"


def check_version(where: str, version: int) -> None:
    """Refuses tables of another release.

    Raises:
        JournalError: They are.
    """
    if version != schema.VERSION:
        raise JournalError(f"{where}: the tables of journals there are of a newer release: upgrade pinpoint-users")


@contextmanager
def translated_errors(connection: PostgresConnection, where: str, action: str) -> Iterator[None]:
    """Turns the errors of the database into ours, each with what to do."""
    try:
        yield
    except CorruptError as error:
        raise JournalError(
            f"{where}: the journal is damaged, so it can't tell who has got the message: take another name, for a run that "
            "knows of no user"
        ) from error
    except connection.locked as error:
        raise JournalError(f"{where}: the journal can't be {action}: {LOCKED} ({str(error).strip()})") from error
    except connection.errors as error:
        raise JournalError(
            f"{where}: the journal can't be {action} ({str(error).strip() or type(error).__name__}): see that the server is "
            "there, that the URL is right, and that the role may make tables, or read and write those of an earlier run"
        ) from error
