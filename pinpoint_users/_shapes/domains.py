"""Domains outside of ASCII."""

from __future__ import annotations

from pinpoint_users._shapes.converters import refuse


def in_ascii(domain: str) -> str:
    """A domain by IDNA 2008: the standard library's codec has the older IDNA, by which some names are other domains.

    Raises:
        InvalidValue: It isn't one, or what knows is missing.
    """
    try:
        import idna  # noqa: PLC0415 - an extra's, for the few addresses that need it
    except ImportError:
        raise refuse(
            "has a domain outside of ASCII, which needs IDNA 2008 by the extra `email` (in a clone, pip install '.[email]'), "
            "or is to be written in ASCII, as xn--…"
        ) from None
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except idna.IDNAError as error:
        raise refuse(f"has a domain that IDNA 2008 doesn't allow: {error}") from None
