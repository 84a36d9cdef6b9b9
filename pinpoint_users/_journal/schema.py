"""The tables of journals in PostgreSQL, and what is asked of them."""

from __future__ import annotations

from typing import Any

VERSION = 1
_LOCK = 0x70555352  # "pUSR", of those who make the tables

# Not by `to_regclass`, which within a transaction may still have in its cache that there is none.
EXISTS = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'pinpoint_journal_version' AND pg_table_is_visible(oid))"
_TABLES = (
    "CREATE TABLE pinpoint_journal_version (version INTEGER NOT NULL)",
    f"INSERT INTO pinpoint_journal_version VALUES ({VERSION})",
    """CREATE TABLE pinpoint_journal_runs (
        id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name TEXT COLLATE "C" NOT NULL UNIQUE,
        application_id TEXT NOT NULL,
        content_sha256 TEXT NOT NULL
    )""",
    """CREATE TABLE pinpoint_journal_workers (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        run INTEGER NOT NULL,
        lease_ends TIMESTAMPTZ NOT NULL,
        is_over BOOLEAN NOT NULL DEFAULT false
    )""",
    "CREATE INDEX pinpoint_journal_workers_alive ON pinpoint_journal_workers (run) WHERE NOT is_over",
    """CREATE TABLE pinpoint_journal_users (
        run INTEGER NOT NULL,
        user_id TEXT COLLATE "C" NOT NULL,
        worker BIGINT NOT NULL,
        state "char" NOT NULL,
        record TEXT,
        earlier BIGINT[],
        PRIMARY KEY (run, user_id)
    ) WITH (fillfactor = 70)""",
)
"""`worker` has met the user last: it has `c`laimed it, has `b`egun and is not done yet, or is `d`one. `earlier` are others, not
over yet, who were done with it. `record` is what is known."""

FIND_RUN = "SELECT id, application_id, content_sha256 FROM pinpoint_journal_runs WHERE name = %s"
ADD_RUN = (
    "INSERT INTO pinpoint_journal_runs (name, application_id, content_sha256) VALUES (%s, %s, %s) ON CONFLICT (name) DO NOTHING"
)
CHANGE_RUN = "UPDATE pinpoint_journal_runs SET application_id = %s, content_sha256 = %s WHERE id = %s"

_LEASE = "clock_timestamp() + make_interval(secs => %(lease)s)"
_RENEWED = f"UPDATE pinpoint_journal_workers SET lease_ends = {_LEASE} WHERE id = %(me)s AND NOT is_over RETURNING id"
ADD_WORKER = f"INSERT INTO pinpoint_journal_workers (run, lease_ends) VALUES (%(run)s, {_LEASE}) RETURNING id"
END_WORKER = "UPDATE pinpoint_journal_workers SET is_over = true WHERE id = %(me)s"
RENEW = f"""
WITH me AS ({_RENEWED}),
    lost AS (
        SELECT id FROM pinpoint_journal_workers
        WHERE run = %(run)s AND NOT is_over AND id <> %(me)s AND lease_ends < clock_timestamp()
        FOR UPDATE SKIP LOCKED
    )
UPDATE pinpoint_journal_workers w SET is_over = true FROM lost WHERE w.id = lost.id
"""
"""Prolongs a worker's lease, and ends those of workers who are gone. One whose row is locked is just prolonging its own."""

# Whoever changes users of the run holds the lock of the worker's row until that is committed, so nobody ends the lease
# meanwhile. That a worker is over never changes again, so what a statement saw at its beginning is true of it later too.
CLAIM = f"""
WITH me AS MATERIALIZED ({_RENEWED}),
    wanted AS MATERIALIZED (SELECT unnest(string_to_array(%(keys)s, E'\\n')) COLLATE "C" AS user_id ORDER BY 1),
    known AS MATERIALIZED (
        SELECT u.* FROM wanted, LATERAL (
            SELECT u.user_id, u.worker, u.state, u.record, u.earlier,
                (u.state <> 'c' AND u.worker = %(me)s) OR coalesce(%(me)s = ANY (u.earlier), false) AS is_met
            FROM pinpoint_journal_users u
            WHERE u.run = %(run)s AND u.user_id = wanted.user_id AND (
                u.state = 'd' OR u.worker = %(me)s
                OR EXISTS (SELECT FROM pinpoint_journal_workers w WHERE w.id = u.worker AND w.is_over)
            )
            LIMIT 1 FOR UPDATE
        ) u
    ),
    claimed AS (
        UPDATE pinpoint_journal_users u SET worker = me.id, state = 'c',
            earlier = CASE WHEN known.worker = me.id THEN known.earlier ELSE (
                SELECT array_agg(w.id) FROM pinpoint_journal_workers w
                WHERE NOT w.is_over AND ((w.id = known.worker AND known.state = 'd') OR w.id = ANY (known.earlier))
            ) END
        FROM known, me WHERE u.run = %(run)s AND u.user_id = known.user_id AND NOT known.is_met
    ),
    new AS (
        INSERT INTO pinpoint_journal_users (run, user_id, worker, state)
        SELECT %(run)s, wanted.user_id, me.id, 'c' FROM wanted, me
        WHERE NOT EXISTS (SELECT FROM known WHERE known.user_id = wanted.user_id)
        ORDER BY wanted.user_id
        ON CONFLICT DO NOTHING
        RETURNING user_id
    )
SELECT NULL, NULL, NULL, NULL FROM me
UNION ALL SELECT user_id, record, is_met, false FROM known, me
UNION ALL SELECT user_id, NULL, false, true FROM (
    SELECT user_id FROM wanted EXCEPT SELECT user_id FROM known EXCEPT SELECT user_id FROM new
) others, me
"""
"""Takes users in hand, but for those whom other workers have, and tells those of whom something is known: the key, the record,
whether this worker has met the user, and whether another one has it in hand. A first row tells that the lease stands."""

PEEK = """
SELECT u.* FROM unnest(string_to_array(%(keys)s, E'\\n')) AS wanted (user_id), LATERAL (
    SELECT u.user_id, u.record, (u.state <> 'c' AND u.worker = %(me)s) OR coalesce(%(me)s = ANY (u.earlier), false),
        u.state <> 'd' AND u.worker <> %(me)s
        AND EXISTS (SELECT FROM pinpoint_journal_workers w WHERE w.id = u.worker AND NOT w.is_over)
    FROM pinpoint_journal_users u WHERE u.run = %(run)s AND u.user_id = wanted.user_id LIMIT 1
) u
"""
"""The same of those of whom something is known, without taking them in hand."""

WRITE = f"""
WITH me AS MATERIALIZED ({_RENEWED}),
    given AS MATERIALIZED (
        SELECT * FROM unnest(string_to_array(%(keys)s, E'\\n'), string_to_array(%(lines)s, E'\\n')) AS g (user_id, line)
    ),
    written AS (
        INSERT INTO pinpoint_journal_users (run, user_id, worker, state, record)
        SELECT %(run)s, given.user_id, me.id, left(given.line, 1)::"char", substr(given.line, 2) FROM given, me
        ORDER BY given.user_id
        ON CONFLICT (run, user_id) DO UPDATE
        SET worker = excluded.worker, state = excluded.state, record = excluded.record
    )
SELECT id FROM me
"""
"""Keeps what is known of users; tells nothing, and keeps nothing, if the lease is another's."""

ALL = "SELECT user_id, record FROM pinpoint_journal_users WHERE run = %s ORDER BY user_id"
TALLY = """
SELECT CASE WHEN record LIKE '+%%' THEN '+' ELSE record END, count(*)
FROM pinpoint_journal_users WHERE run = %s AND (record IS NULL OR record NOT LIKE '{%%') GROUP BY 1
"""
OTHERS = "SELECT user_id, record FROM pinpoint_journal_users WHERE run = %s AND record LIKE '{%%'"


def prepare(connection: Any) -> int:
    """Makes the tables if there are none, and tells their version."""
    if not connection.execute(EXISTS).fetchone()[0]:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            if not connection.execute(EXISTS).fetchone()[0]:
                for statement in _TABLES:
                    connection.execute(statement)
    return version_of(connection)


def version_of(connection: Any) -> int:
    """The version of the tables."""
    (version,) = connection.execute("SELECT version FROM pinpoint_journal_version").fetchone()
    return int(version)
