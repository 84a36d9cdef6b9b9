"""The journal of a run, by which a later run goes on where this one ended, and others go on beside it."""

from __future__ import annotations

import os
import re

import attrs

from pinpoint_users._shapes.converters import is_text, kind
from pinpoint_users.errors import Fault, ValidationError

__all__ = ["Journal"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_POSTGRESQL = ("postgresql://", "postgres://")
_URL_AS_PATH = re.compile(r"postgres(?:ql)?:[/\\][^/\\]")
_PASSWORD = re.compile(r"(?<=://)([^:@]*):.*@", re.DOTALL)
_MAX_RUN = 200


@attrs.frozen(init=False, repr=False)
class Journal:
    """What remembers what became of each user of a run: a file, or, for many workers at once, tables of PostgreSQL.

    Before a request goes out, its users are written down as in flight, and when the answer has come, what it says. Run the same
    program again with the same journal, and users who were finished are not sent to: their results come out as they were. Users
    who were in flight when the run ended may have got the message: they come out UNKNOWN, or go again, as `RetryPolicy` says.
    Users whom the journal doesn't know are sent to. A user ID that is handed in twice is sent to once.

    It holds the application's ID, the SHA-256 of the message, and for each user the ID, the number of attempts, and each
    endpoint's ID, delivery status and status code. It holds no text of the message, no substitutions, addresses, tokens,
    message IDs or status messages, so results of earlier runs come without. It is never deleted for you. `read_report` and
    `read_counts` tell what it knows.

    **A file** is made when the first run begins. Only its owner can read it; one that others could read is changed so. It is
    text in JSON, compressed, which `zcat < run.db` shows.

    What was written outlives the process, however it ends, SIGKILL included. A power cut is another matter: the file may then
    be damaged, which the next run notices, or lack what the run wrote in its last half minute, and those users would be sent to
    again. When a run has ended, its journal is on the disk.

    A user with two endpoints takes 20 to 100 bytes, and as many again for each further time that endpoints are sent to. A run
    begins by reading the file, which takes some seconds for a million users. It takes up to 40 MB of memory, and, beyond 20,000
    users, a temporary file of some 50 bytes a user.

    One run at a time can use a file, in the process that began it; another is refused, in this process or elsewhere. If the
    file is moved, deleted, replaced or changed while a run uses it, the run stops. Keep it on a local disk: over a network, one
    run may not notice another.

    A copy knows what the journal knew when it was copied. Copy it when no run is using it, and go on with one of the two only:
    of two runs, neither knows to whom the other sends.

    **PostgreSQL**, `Journal("postgresql://user@host/database", run="parcels")`, takes the extra `postgres`. Any number of
    processes on any machines may use it at once, with the same users or others; each call of `send` or `stream` is a worker.
    Who is in one worker's hands is left to it by the others, who go on with further users and give the result once it is
    there. A worker has a lease of 30 seconds, by the server's clock, and prolongs it as long as it lives. When it is lost, who
    was in flight is UNKNOWN or goes again, by the policy of the worker who comes next, and who wasn't is sent to. A worker that
    stood still for longer learns before its next request that its users are others', and its run stops. Where the server is
    away, a run waits for 15 seconds, and then stops. The tables are made by the first worker. docs/many-machines.md tells more.

    Args:
        path: Where the file is, or is to be made; its directory must exist. Or a URL of PostgreSQL, as libpq takes it, with
            `sslmode` and other parameters; what it lacks, the environment (`PGPASSWORD`, …) or `~/.pgpass` gives. Errors, logs
            and `repr` never show its password.
        run: With a URL, and only there: the run's name, at most 200 characters. Workers of one name share one run.
        force: Go on although the message or the application is another than the one before, and keep to the new one. By
            default that is refused, since users who got the old message would never get the new one.

    Raises:
        ValidationError: An argument is of the wrong type, or `run` is missing with a URL or given with a file.
    """

    path: str
    """Where the file is, or is to be made; its directory must exist. Or a URL of PostgreSQL."""
    run: str | None
    """With a URL: the run's name."""
    force: bool
    """Go on although the message or the application is another than the one before."""

    def __init__(self, path: str | os.PathLike[str], *, run: str | None = None, force: bool = False) -> None:
        name = os.fspath(path) if isinstance(path, os.PathLike) else path
        faults = []
        if not isinstance(name, str):
            faults.append(Fault("path", f"must be a string or a Path, not {kind(name)}"))
        elif not name or "\0" in name:
            faults.append(Fault("path", f"{without_secrets(name)!r} can't be the path of a file"))
        elif _URL_AS_PATH.match(name) or (_URL.match(name) and not name.startswith(_POSTGRESQL)):
            faults.append(Fault("path", "a URL must be a string such as postgresql://user@host/database"))
        faults += _run_faults(run, is_shared=isinstance(name, str) and name.startswith(_POSTGRESQL))
        if not isinstance(force, bool):
            faults.append(Fault("force", f"must be True or False, not {kind(force)}"))
        if faults:
            raise ValidationError("Journal", faults)
        object.__setattr__(self, "path", name)
        object.__setattr__(self, "run", run)
        object.__setattr__(self, "force", force)

    @property
    def is_shared(self) -> bool:
        """Whether many workers may use it at once, as it is in PostgreSQL."""
        return self.run is not None

    def __repr__(self) -> str:
        run = "" if self.run is None else f", run={self.run!r}"
        return f"Journal({without_secrets(self.path)!r}{run}{', force=True' if self.force else ''})"


def _run_faults(run: object, *, is_shared: bool) -> list[Fault]:
    if not is_shared:
        return [] if run is None else [Fault("run", "is of journals in PostgreSQL: a file is one run's")]
    if run is None:
        return [Fault("run", 'is needed with a URL: name the run, so that its workers find each other, such as run="parcels"')]
    if not isinstance(run, str):
        return [Fault("run", f"must be a string, not {kind(run)}")]
    if not run or len(run) > _MAX_RUN or "\0" in run or not is_text(run):
        return [Fault("run", f"must be a text of 1 to {_MAX_RUN} characters")]
    return []


def without_secrets(url: str) -> str:
    """A URL for people: without its password, and without its parameters, which may have one too."""
    if not _URL.match(url):
        return url
    shown, _, parameters = url.partition("?")
    end = "@" if "@" in parameters else ""  # what looks like parameters may be a password with a ?
    return _PASSWORD.sub(r"\1:***@", shown + end).removesuffix(end)
