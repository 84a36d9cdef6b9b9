"""The rate that several processes share."""

from __future__ import annotations

import re

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.converters import kind
from pinpoint_users.errors import Fault, ValidationError

__all__ = ["RateLimit"]

POSTGRES_SCHEMES = ("postgresql", "postgres")
_SCHEMES = (*POSTGRES_SCHEMES, "redis", "rediss")
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


@attrs.frozen(repr=False)
class RateLimit:
    """Where the clients of several processes and machines share their rate: `RateLimit.shared("redis://…")`.

    All clients with the same store and name send as if they were one client. Together they keep its `requests_per_second`, and
    those that the settings of its ways out have; when the service throttles one of them, all slow down, and they find by one
    search how much it takes. Give each of them the same bounds; clients of another account or Region need another name.

    Time is the store's. A client leases a few requests at a time, about four times a second, each of which may go within a
    quarter of a second; so a window of any length has at most `requests_per_second` for each second of it and for half a second
    more. What a request weighs besides, such as recipients a second, is counted for a lease as it was for the requests before,
    and made up for by the next one.

    A store that is away stops nobody who has had a lease: a warning is logged, and each client goes on with what it had lately,
    never faster than the bound, until the store is back. Where the store was never reached, the run stops before its first
    request. There is no waiting for the store beyond the run's deadline, Ctrl-C, or `close()`.
    """

    url: str
    """Where it is, with user and password."""
    name: str
    """What the rate is called there."""

    @classmethod
    def shared(cls, url: str, *, name: str = "pinpoint-users") -> Self:
        """A rate that is shared through a server.

        Args:
            url: The server: `postgresql://user:password@host/database`, with the extra `postgres`, where a table
                `pinpoint_rates` is made if absent; or `redis://user:password@host:6379/0` or `rediss://…` (TLS), with the extra
                `redis`, which Valkey answers too.
            name: Tells rates apart that share a server: 1 to 64 letters, digits, `_`, `-`, `.` and `:`.

        Raises:
            ValidationError: It isn't the URL of such a server, or not a name.
        """
        faults = []
        if not isinstance(url, str):
            faults.append(Fault("url", f"must be a string, not {kind(url)}"))
        elif "://" not in url or scheme_of(url) not in _SCHEMES:
            faults.append(Fault("url", "must be a URL that begins with postgresql://, redis:// or rediss://"))
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            faults.append(Fault("name", "must have 1 to 64 letters, digits, _, -, . and :"))
        if faults:
            raise ValidationError("RateLimit", faults)
        return cls(url, name)

    def __repr__(self) -> str:
        return f"RateLimit.shared('{scheme_of(self.url)}://…', name={self.name!r})"


def scheme_of(url: str) -> str:
    """What a URL begins with."""
    return url.partition("://")[0]
