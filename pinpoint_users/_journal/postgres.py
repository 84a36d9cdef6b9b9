"""A journal in PostgreSQL, as one worker of a run uses it.

Who is in hand, and what is known of whom, is in one table, a row a user. Two statements do all, each a transaction by itself
and one round trip: one takes users in hand and tells what is known of them, the other keeps what became of them. Both first
prolong the worker's lease, and do nothing if it is lost.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from typing import Any

from pinpoint_users._journal import schema
from pinpoint_users._journal.database_errors import check_version, name_of, translated_errors
from pinpoint_users._journal.lease import SECONDS, Lease
from pinpoint_users._journal.record import Record
from pinpoint_users._journal.rows import decode, encode_lines, join_keys, keys_of
from pinpoint_users._postgres import PostgresConnection
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.errors import JournalError
from pinpoint_users.journal import Journal
from pinpoint_users.user_result import UserResult

PATIENCE = 15.0
"""Seconds for which a run waits for a server that is away: less than a lease."""


class PostgresJournal:
    """The journal of a run, opened for one of its workers. May be called from any thread of the process that opened it.

    Args:
        journal: Where it is.
        application_id: The application of the run.
        content: Message, templates and context of the run in one encoding; only the SHA-256 is kept.
        within: Seconds in which the run is to end, if it is.

    Raises:
        ImportError: The extra `postgres` isn't installed.
        JournalError: It can't be used: what is wrong, and what to do.
    """

    def __init__(self, journal: Journal, *, application_id: str, content: bytes, within: float | None = None) -> None:
        self._process_id = os.getpid()
        self._where = name_of(journal)
        self._connection = PostgresConnection(journal.path, whose="a journal in PostgreSQL", within=within)
        self._is_closed = False
        self._unread: JournalError | None = None
        is_open = False
        try:
            with translated_errors(self._connection, self._where, "opened"):
                check_version(self._where, self._connection.use(schema.prepare))
                run = _register(self._connection, self._where, journal, application_id, hashlib.sha256(content).hexdigest())
                self._lease = Lease(self._connection, run)
                is_open = True
        finally:
            if not is_open:
                self._connection.close()

    def look_up(self, user_ids: Collection[str], *, claims: bool = True) -> dict[str, Record]:
        """The records of those users whom the journal knows, or whom another worker has in hand.

        Args:
            user_ids: The users, each once.
            claims: Whether those whom no other worker has are taken in hand.

        Raises:
            JournalError: The database can't be read, or the lease is lost.
        """
        if not user_ids:
            return {}
        if self._unread is not None:  # a run that is over reads on: not each time with patience
            raise JournalError(*self._unread.args) from self._unread
        try:
            rows = self._ask("read", self._lease.claim if claims else self._lease.peek, join_keys(user_ids))
        except JournalError as error:
            self._unread = error
            raise
        if claims:
            rows = self._of_lease(rows)
        users = keys_of(user_ids) if rows else {}
        records = {}
        with translated_errors(self._connection, self._where, "read"):
            for key, record, is_met, is_held in rows:
                if record is None and is_met == is_held == "f":
                    continue  # a worker had the user in hand, and didn't begin
                known = decode(key, record, users[key], is_of_this_run=is_met == "t")
                known.in_hand = is_held == "t"
                records[users[key]] = known
        return records

    def write(
        self,
        records: Collection[Record],
        results: Collection[UserResult] = (),
        in_flight: Collection[str] = (),
        packed: Mapping[str, str] = FrozenDict(),
    ) -> None:
        """Replaces what the journal has of these users, all or none of them, and marks them as met by this run.

        Args:
            records: What is known of users.
            results: Those of other users, to whom the message went for certain.
            in_flight: Further users, of whom nothing is known, and who are about to be sent to.
            packed: The same as `results`, packed, of further users by ID.

        Raises:
            JournalError: The database can't be written, or the lease is lost.
        """
        keys, lines = encode_lines(records, results, in_flight, packed)
        if keys:
            self._of_lease(self._ask("written", self._lease.write, keys, lines))

    def close(self) -> None:
        """Leaves to others what is in hand. In a child of the process that opened it, this does nothing."""
        if os.getpid() == self._process_id:
            self._is_closed = True
            self._connection.lose_patience()  # for what was given up
            self._lease.end()

    def _ask(self, action: str, statement: str, *texts: str) -> list[Any]:
        if os.getpid() != self._process_id:
            raise JournalError(
                f"{self._where}: the journal can't be {action} by a child of the process that opened it: begin a run in the "
                "child"
            )
        if self._is_closed:
            raise JournalError(f"{self._where}: the journal can't be {action} any more, as it is closed: begin another run")
        with translated_errors(self._connection, self._where, action):
            return self._connection.ask(statement, texts, patience=PATIENCE)

    def _of_lease(self, rows: list[Any]) -> list[Any]:
        """The rows after the first one, which is there if the lease stands."""
        if not rows:
            raise JournalError(
                f"{self._where}: this worker wasn't heard of for {SECONDS:g} s, and others go on with its users: begin another "
                "run"
            )
        return rows[1:]


def _register(connection: PostgresConnection, where: str, journal: Journal, application_id: str, content_sha256: str) -> int:
    """The run's number, after its application and its message were compared."""

    def register(opened: Any) -> Any:
        opened.execute(schema.ADD_RUN, (journal.run, application_id, content_sha256))
        found = opened.execute(schema.FIND_RUN, (journal.run,)).fetchone()
        if journal.force:
            opened.execute(schema.CHANGE_RUN, (application_id, content_sha256, found[0]))
        return found

    run, last_application_id, last_content_sha256 = connection.use(register)
    if not journal.force and (last_application_id, last_content_sha256) != (application_id, content_sha256):
        is_other = last_application_id != application_id
        whose = f"application {last_application_id!r}, not {application_id!r}" if is_other else "another message"
        raise JournalError(
            f"{where}: the journal is of {whose}: take another name for this run, or, to go on with those users who weren't "
            "finished, Journal(…, force=True)"
        )
    return int(run)
