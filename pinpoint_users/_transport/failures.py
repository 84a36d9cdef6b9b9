"""What an error means for the message: one table of every moment of a request and what may go wrong in it.

Whether a request was sent is decided by when it failed, not by the class of the error: behind a proxy urllib3 makes the same
`ProxyError` of a proxy that can't be reached and of a connection that broke after delivery. So the connections record how far a
request has come (`connections.py`). Only where that is unknown, because somebody put something in their place, the classes of
the error and of what it was made of have to do, and in doubt the message was perhaps sent.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from pinpoint_users._transport.base import CHECK_PROXY, CHECK_PROXY_RULES, answer_error, retry_after_seconds
from pinpoint_users._transport.departure import Departure
from pinpoint_users.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    CredentialsError,
    ReadTimeoutError,
    RequestError,
)


class Moment(enum.IntEnum):
    """How far a request has come; it never goes back."""

    PREPARING = 0
    """botocore finds credentials, builds the request and signs it."""
    HANDED_OVER = 1
    """botocore's HTTP session has the request, or whatever somebody put in its place; no connection of ours has it yet."""
    CONNECTING = 2
    """A connection has the request, and has written nothing of it: host names, TCP, the proxy's CONNECT, TLS."""
    EXCHANGING = 3
    """From the first byte of the request that was written, to the last of the answer that was read."""


_OUT = frozenset({Moment.HANDED_OVER, Moment.EXCHANGING})
"""When a request may be out: what somebody put in place of botocore's connections says nothing of when it writes."""


@attrs.define(eq=False)
class Progress:
    """How far one request has come."""

    departure: Departure = attrs.field(factory=Departure)
    """What is told of it, and may cancel it."""
    moment: Moment = Moment.PREPARING

    def reach(self, moment: Moment, break_off: Callable[[], None] | None = None) -> None:
        """Records a moment; one that lies behind changes nothing.

        Args:
            moment: The moment.
            break_off: Ends what goes on from then on, if the request is cancelled.

        Raises:
            ConnectionAbortedError: The request was cancelled before any of it was written.
        """
        if moment <= self.moment:
            return
        if not self.departure.proceed(may_be_out=moment in _OUT, break_off=break_off):
            self.moment = Moment.CONNECTING
            raise ConnectionAbortedError("cancelled before it went out")
        self.moment = moment


@attrs.frozen
class Failure:
    """One row of the table."""

    name: str
    moment: Moment
    error: type[RequestError]
    """What it is to the caller; the class says whether the message was sent."""
    advice: str
    names: frozenset[str] = frozenset()
    """Names of classes, one of which is among those of the error and of what it was made of; none is any error."""
    text: str = ""
    """A pattern that the error's text has."""
    is_secret: bool = False
    """Whether the error's text may show a secret, and so isn't told."""

    def fits(self, moment: Moment, names: frozenset[str], text: str) -> bool:
        """Whether an error is of this row."""
        return self.moment is moment and bool(not self.names or self.names & names) and bool(re.search(self.text, text))


_NOTHING_SENT = "nothing was sent"
_PERHAPS_SENT = "the message may have been sent all the same"
_CHECK_TLS = "nothing was sent; check the certificates (AWS_CA_BUNDLE), the host name, and that the server speaks TLS"
CHECK_SETTINGS = "check boto3's settings, which are in AWS_… environment variables and the AWS profile"
_CHECK_CREDENTIALS = "nothing was sent; boto3's documentation lists the places where it finds credentials"
_CHECK_KEYS = (
    "a header of the request has a line break, or another character that no header can have: nothing was sent; take it out of "
    "the access key ID or the session token (AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN)"
)
_CHECK_PROXY_URL = (
    "the URL of a proxy or an endpoint can't be read, and may show a password, so it isn't shown: nothing was sent; "
    "check HTTPS_PROXY, HTTP_PROXY and endpoint_url, in which a user name and a password are percent-encoded"
)
_CHECK_SOCKS = "nothing was sent; botocore has no SOCKS: name a proxy that speaks HTTP in HTTPS_PROXY and HTTP_PROXY"
_PASSWORD = re.compile(r"[^\s/\"'@:]+:[^\s/\"'@]*@")
"""A user name and a password in a URL; botocore masks them in those that it can read."""

# By name: some classes are newer than the oldest botocore that will do, and urllib3's are no dependency of ours.
_CREDENTIALS = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "NoAuthTokenError",
        "TokenRetrievalError",
        "SSOError",
        "SSOTokenLoadError",
        "UnauthorizedSSOTokenError",
        "LoginError",
        "ClientError",  # of the service that credentials are fetched from
    }
)
_UNREADABLE_FILES = frozenset({"FileNotFoundError", "PermissionError"})  # of a web identity's token, say
_OUT_OF_DATE = r"refreshed credentials are still expired"
_NO_HEADER = r"Invalid header value"
_TIMEOUTS = frozenset({"TimeoutError", "ReadTimeoutError"})
_TLS = frozenset({"SSLError", "CertificateError"})
_UNTRUSTED = frozenset({"SSLCertVerificationError", "CertificateError"})
_TLS_CUT_OFF = frozenset({"SSLEOFError", "SSLZeroReturnError"})
_NO_CONNECTION = frozenset({"NewConnectionError", "ConnectTimeoutError", "EndpointConnectionError", "ClosedPoolError"})
_UNREADABLE_ADDRESS = frozenset({"LocationParseError"})
_NO_USABLE_ADDRESS = frozenset({"LocationValueError", "ProxySchemeUnknown", "InvalidProxiesConfigError"})
_SOCKS = r"proxy URL: \"http://socks"  # as botocore understands socks5://…
_FORBIDDEN = r"Tunnel connection failed: 403"
_REFUSED_FOR_GOOD = r"Tunnel connection failed: 4(?!08|29)\d\d"
_REFUSED = r"Tunnel connection failed: \d\d\d"

FAILURES = (
    Failure("no header", Moment.PREPARING, CredentialsError, _CHECK_KEYS, text=_NO_HEADER, is_secret=True),
    Failure("no credentials", Moment.PREPARING, CredentialsError, _CHECK_CREDENTIALS, _CREDENTIALS),
    Failure("credentials out of date", Moment.PREPARING, CredentialsError, _CHECK_CREDENTIALS, text=_OUT_OF_DATE),
    Failure("no file of credentials", Moment.PREPARING, CredentialsError, _CHECK_CREDENTIALS, _UNREADABLE_FILES),
    Failure("not prepared", Moment.PREPARING, ConfigurationError, _NOTHING_SENT),
    # A connection has recorded how far the request had come.
    Failure("header refused", Moment.CONNECTING, CredentialsError, _CHECK_KEYS, text=_NO_HEADER, is_secret=True),
    Failure("SOCKS", Moment.CONNECTING, ConfigurationError, _CHECK_SOCKS, text=_SOCKS),
    Failure("CONNECT forbidden", Moment.CONNECTING, ConfigurationError, CHECK_PROXY_RULES, text=_FORBIDDEN),
    Failure("CONNECT refused for good", Moment.CONNECTING, ConfigurationError, CHECK_PROXY, text=_REFUSED_FOR_GOOD),
    Failure("TLS cut off", Moment.CONNECTING, ConnectionFailedError, _NOTHING_SENT, _TLS_CUT_OFF),
    Failure("no TLS", Moment.CONNECTING, ConfigurationError, _CHECK_TLS, _TLS),
    Failure("not connected", Moment.CONNECTING, ConnectionFailedError, _NOTHING_SENT),
    Failure("no answer in time", Moment.EXCHANGING, ReadTimeoutError, _PERHAPS_SENT, _TIMEOUTS),
    Failure("connection broken", Moment.EXCHANGING, ConnectionLostError, _PERHAPS_SENT),
    # None has: what can only have happened before the request was written, and the rest.
    Failure("unwatched: header refused", Moment.HANDED_OVER, CredentialsError, _CHECK_KEYS, text=_NO_HEADER, is_secret=True),
    Failure(
        "unwatched: unreadable address",
        Moment.HANDED_OVER,
        ConfigurationError,
        _CHECK_PROXY_URL,
        _UNREADABLE_ADDRESS,
        is_secret=True,
    ),
    Failure("unwatched: no address", Moment.HANDED_OVER, ConfigurationError, CHECK_PROXY, _NO_USABLE_ADDRESS),
    Failure("unwatched: CONNECT forbidden", Moment.HANDED_OVER, ConfigurationError, CHECK_PROXY_RULES, text=_FORBIDDEN),
    Failure("unwatched: CONNECT refused for good", Moment.HANDED_OVER, ConfigurationError, CHECK_PROXY, text=_REFUSED_FOR_GOOD),
    Failure("unwatched: CONNECT refused", Moment.HANDED_OVER, ConnectionFailedError, _NOTHING_SENT, text=_REFUSED),
    Failure("unwatched: certificate refused", Moment.HANDED_OVER, ConfigurationError, _CHECK_TLS, _UNTRUSTED),
    Failure("unwatched: not connected", Moment.HANDED_OVER, ConnectionFailedError, _NOTHING_SENT, _NO_CONNECTION),
    Failure("unwatched: no answer in time", Moment.HANDED_OVER, ReadTimeoutError, _PERHAPS_SENT, _TIMEOUTS),
    Failure("unwatched: connection broken", Moment.HANDED_OVER, ConnectionLostError, _PERHAPS_SENT),
)
"""The first row that fits says what an error means; each moment ends with a row that fits any."""


def settings_error(error: Exception) -> tuple[type[ConfigurationError], str]:
    """What it is to the caller that botocore can't make a client, and what to do."""
    if _CREDENTIALS.isdisjoint(of.__name__ for of in type(error).__mro__):
        return ConfigurationError, CHECK_SETTINGS
    return CredentialsError, _CHECK_CREDENTIALS


def failure_of(moment: Moment, error: BaseException, *, outer: BaseException | None = None) -> Failure:
    """The row of an error.

    Args:
        moment: How far the request had come.
        error: What was raised.
        outer: What was being handled before the request was made, which is no part of the error.
    """
    chain = [*_chain(error, outer)]
    names = frozenset(of.__name__ for part in chain for of in type(part).__mro__)
    text = " ".join(str(part) for part in chain)
    return next(failure for failure in FAILURES if failure.fits(moment, names, text))


def translate_error(operation: str, moment: Moment, error: Exception, *, outer: BaseException | None = None) -> RequestError:
    """What an error of botocore's means, in this library's words; it is its cause, unless it may show a secret."""
    answer = getattr(error, "response", None)
    # An answer to another operation is one to a request for credentials.
    if isinstance(answer, Mapping) and getattr(error, "operation_name", None) == operation:
        refused = _from_answer(operation, answer)
        refused.__cause__ = error
        return refused
    failure = failure_of(moment, error, outer=outer)
    said = "" if failure.is_secret else f"{_PASSWORD.sub('***:***@', str(error))}{_why(error, outer)}: "
    told = failure.error(f"{operation}: {said}{failure.advice}")
    told.__cause__ = None if failure.is_secret else error
    return told


def _why(error: BaseException, outer: BaseException | None) -> str:
    """What the system said, in brackets, where botocore's words leave it out: of no connection, there are many reasons."""
    reasons = (part.strerror for part in _chain(error, outer) if isinstance(part, OSError) and part.strerror)
    return next((f" ({reason})" for reason in reasons if reason not in str(error)), "")


def _chain(error: BaseException | None, outer: BaseException | None) -> Iterator[BaseException]:
    """An error and, from the last to the first, those that it was made of."""
    while error is not None and error is not outer:
        yield error
        error = error.__cause__ or error.__context__


def _from_answer(operation: str, parsed: Mapping[str, Any]) -> RequestError:
    error, metadata = parsed.get("Error", {}), parsed.get("ResponseMetadata", {})
    reason = parsed.get("Reason")  # beside the error, as all members of the error's shape
    return answer_error(
        operation,
        metadata.get("HTTPStatusCode", 400),
        code=str(error.get("Code", "")),
        message=str(error.get("Message", "")),
        request_id=metadata.get("RequestId"),
        retry_after=retry_after_seconds(metadata.get("HTTPHeaders", {}).get("retry-after")),
        reason=reason if isinstance(reason, str) else None,
    )
