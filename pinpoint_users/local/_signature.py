"""Signature Version 4, as a service checks it.

Source: AWS General Reference, "Signature Version 4 signing process"; the words of the refusals as AWS's services write them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Sequence
from urllib.parse import quote, unquote_to_bytes

from pinpoint_users.local._reply import ErrorReplyError

_ALGORITHM = "AWS4-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM} +Credential=[^/,]+/"
    r"(?P<scope>(?P<date>\d{8})/(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request),"
    r" *SignedHeaders=(?P<signed>[^,]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
_TIME = "%Y%m%dT%H%M%SZ"
_SKEW = dt.timedelta(minutes=5)
"""How far a client's clock may be from this one."""
_MUST_BE_SIGNED = "host"

Headers = Sequence[tuple[bytes, bytes]]


class Signature:
    """What checks that requests are signed with a secret.

    Args:
        secret_access_key: The secret.
    """

    def __init__(self, secret_access_key: str) -> None:
        self._secret = secret_access_key

    def check(self, method: str, path: bytes, query: bytes, headers: Headers, body: bytes) -> None:
        """Checks one request.

        Args:
            method: Its method.
            path: Its path, as it came.
            query: Its query, as it came.
            headers: Its headers, names in lower case.
            body: Its body.

        Raises:
            ErrorReplyError: It isn't signed, not by this secret, or not now.
        """
        values: dict[str, list[str]] = {}
        for name, value in headers:
            values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        found = _AUTHORIZATION.fullmatch(" ".join(values.get("authorization", [])).strip())
        if found is None:
            raise ErrorReplyError(403, "Missing Authentication Token", "MissingAuthenticationTokenException")
        time = values.get("x-amz-date", [""])[0]
        _check_time(time, found["date"])
        names = found["signed"].split(";")
        canonical = "\n".join(
            (
                method,
                quote(path, safe="/~-._"),
                _canonical_query(query),
                *(f"{name}:{','.join(' '.join(value.split()) for value in values.get(name, ['']))}" for name in names),
                "",
                found["signed"],
                values.get("x-amz-content-sha256", [hashlib.sha256(body).hexdigest()])[0],
            )
        )
        text = "\n".join((_ALGORITHM, time, found["scope"], hashlib.sha256(canonical.encode("latin-1")).hexdigest()))
        key = f"AWS4{self._secret}".encode()
        for part in (found["date"], found["region"], found["service"], "aws4_request"):
            key = hmac.digest(key, part.encode("latin-1"), "sha256")
        expected = hmac.new(key, text.encode("latin-1"), "sha256").hexdigest()
        if _MUST_BE_SIGNED not in names or not hmac.compare_digest(expected, found["signature"]):
            raise _refusal(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
                "Key and signing method. Consult the service documentation for details."
            )


def _check_time(text: str, date: str) -> None:
    try:
        time = dt.datetime.strptime(text, _TIME).replace(tzinfo=dt.timezone.utc)
    except ValueError:
        raise _refusal("Date must be in ISO-8601 'basic format': YYYYMMDD'T'HHMMSS'Z'.") from None
    if not text.startswith(date):
        raise _refusal("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
    now = dt.datetime.now(dt.timezone.utc)
    if abs(now - time) > _SKEW:
        word, than = ("expired", "earlier") if time < now else ("not yet current", "later")
        raise _refusal(f"Signature {word}: {text} is now {than} than {now.strftime(_TIME)}, give or take 5 min.")


def _canonical_query(query: bytes) -> str:
    pairs = []
    for part in query.split(b"&") if query else []:
        name, _, value = part.partition(b"=")
        pairs.append(tuple(quote(unquote_to_bytes(each), safe="-_.~") for each in (name, value)))
    return "&".join("=".join(pair) for pair in sorted(pairs))


def _refusal(message: str) -> ErrorReplyError:
    return ErrorReplyError(403, message, "InvalidSignatureException")
