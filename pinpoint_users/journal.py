"""The journal of a run, by which a later run goes on where this one ended."""

from __future__ import annotations

import os

import attrs

from pinpoint_users._shapes.converters import kind
from pinpoint_users.errors import Fault, ValidationError

__all__ = ["Journal"]


@attrs.frozen(init=False)
class Journal:
    """A file that remembers what became of each user of a run, so that a run that was cut short can be resumed.

    Before a request goes out, its users are written down as in flight, and when the answer has come, what it says. Run the same
    program again with the same journal, and users who were finished are not sent to: their results come out as they were. Users
    who were in flight when the run ended may have got the message: they come out UNKNOWN, or go again, as `RetryPolicy` says.
    Users whom the journal doesn't know are sent to. A user ID that is handed in twice is sent to once.

    The file is made when the first run begins. Only its owner can read it; one that others could read is changed so. It holds
    the application's ID, the SHA-256 of the message, and for each user the ID, the number of attempts, and each endpoint's ID,
    delivery status and status code. It holds no text of the message, no substitutions, addresses, tokens, message IDs or status
    messages, so results of earlier runs come without. It is never deleted for you. It is text in JSON, compressed, which
    `zcat < run.db` shows.

    What was written outlives the process, however it ends, SIGKILL included. A power cut is another matter: the file may then
    be damaged, which the next run notices, or lack what the run wrote in its last half minute, and those users would be sent to
    again. When a run has ended, its journal is on the disk.

    A user with two endpoints takes 20 to 100 bytes, and as many again for each further time that endpoints are sent to. A run
    begins by reading the file, which takes some seconds for a million users. It takes up to 40 MB of memory, and, beyond 20,000
    users, a temporary file of some 50 bytes a user.

    One run at a time can use a journal, in the process that began it; another is refused, in this process or elsewhere. If the
    file is moved, deleted, replaced or changed while a run uses it, the run stops. Keep it on a local disk: over a network, one
    run may not notice another.

    A copy knows what the journal knew when it was copied. Copy it when no run is using it, and go on with one of the two only:
    of two runs, neither knows to whom the other sends.

    Args:
        path: Where the file is, or is to be made; its directory must exist.
        force: Go on although the message or the application is another than the one before, and keep to the new one. By
            default that is refused, since users who got the old message would never get the new one.

    Raises:
        ValidationError: An argument is of the wrong type.
    """

    path: str
    """Where the file is, or is to be made; its directory must exist."""
    force: bool
    """Go on although the message or the application is another than the one before."""

    def __init__(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        name = os.fspath(path) if isinstance(path, os.PathLike) else path
        faults = []
        if not isinstance(name, str):
            faults.append(Fault("path", f"must be a string or a Path, not {kind(name)}"))
        elif not name or "\0" in name:
            faults.append(Fault("path", f"{name!r} can't be the path of a file"))
        if not isinstance(force, bool):
            faults.append(Fault("force", f"must be True or False, not {kind(force)}"))
        if faults:
            raise ValidationError("Journal", faults)
        object.__setattr__(self, "path", name)
        object.__setattr__(self, "force", force)
