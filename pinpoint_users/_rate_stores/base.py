"""What a store of rates is: short texts by key, each replaced only by who knows the last one, and one clock for all."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import unquote

from pinpoint_users.errors import Fault, RateLimitError, ValidationError

CONNECT_TIMEOUT = 2
"""Seconds to wait for a connection, which libpq takes no fewer of."""
ANSWER_TIMEOUT = 2
"""Seconds to wait for an answer."""
_PASSWORDS = re.compile(r"(?<=:)[^/?:@]*(?=@)|(?<=password=)[^&]*")


class RateStore(Protocol):
    """A store of rates. One thread uses it at a time, and in one process; it connects when it is first asked."""

    def read(self, key: str) -> tuple[str | None, float]:
        """The text of a key, None if there is none, and the store's time in seconds.

        Raises:
            RateLimitError: The store can't be asked.
        """
        ...

    def replace(self, key: str, old: str | None, new: str) -> bool:
        """Puts a text in the place of another one.

        Returns:
            False if the other isn't there any more; nothing was changed then.

        Raises:
            RateLimitError: The store can't be asked.
        """
        ...

    def close(self) -> None:
        """Closes the connection, if there is one."""
        ...


def url_refused(name: str) -> ValidationError:
    """A client of a store can't read the URL. It isn't shown: what can't be read may have a password anywhere."""
    return ValidationError(
        "RateLimit",
        [Fault("url", f"can't be read as a URL of {name}: look at its parameters; in a password, write % / ? # as %25 …")],
    )


def store_error(name: str, url: str, error: Exception) -> RateLimitError:
    """What a client of a store raised, without what must not be shown."""
    text = f"{type(error).__name__}: {error}"
    for secret in _secrets(url):
        text = text.replace(secret, "***")
    return RateLimitError(f"the shared rate can't be asked for in {name}: {text}")


def _secrets(url: str) -> list[str]:
    return [secret for each in _PASSWORDS.findall(url) for secret in (each, unquote(each)) if secret]
