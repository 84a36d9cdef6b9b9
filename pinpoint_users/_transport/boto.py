"""The transport over boto3, which signs, finds credentials and Regions, routes, pools connections and names errors.

What boto3 does slowly in Python, our types have done: the body that they wrote takes the place of boto3's in its `before-call`
event, and the answer's bytes are taken in `before-parse`. The handlers act only while this transport makes a call in the same
thread, so a client of the caller's own stays as it is for the caller's calls. Requests by a client of this library's own, from
the second on, are made after the pattern of the first (`_request_pattern.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from pinpoint_users._shapes.converters import kind
from pinpoint_users._transport.base import Operation, Transport, answer_error
from pinpoint_users._transport.direct import Pattern, Signing, http_session_of
from pinpoint_users._transport.endpoint_url import is_loopback, url_problem
from pinpoint_users.errors import (
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    CredentialsError,
    Fault,
    ReadTimeoutError,
    RegionError,
    RequestError,
)

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
    }
)
"""botocore's errors about credentials, by name: some are newer than the oldest botocore that will do."""

_MEMBERS = {"SendUsersMessages": "SendUsersMessageRequest", "SendMessages": "MessageRequest"}
_CALLS = {"SendUsersMessages": "send_users_messages", "SendMessages": "send_messages"}
_WRAPPERS = {"SendUsersMessages": "SendUsersMessageResponse", "SendMessages": "MessageResponse"}
_NO_USERS: dict[Operation, dict[str, Any]] = {
    "SendUsersMessages": {"MessageConfiguration": {}, "Users": {}},
    "SendMessages": {"MessageConfiguration": {}},
}


_URL_SETTINGS = "AWS_ENDPOINT_URL_PINPOINT, AWS_ENDPOINT_URL or the AWS profile"
_CHECK_SETTINGS = "check boto3's settings, which are in AWS_… environment variables and the AWS profile"
_CONNECT_TIMEOUT, _READ_TIMEOUT, _MAX_TIMEOUT = 5.0, 30.0, 86_400


def setting_faults(
    *,
    session: Any = None,
    client: Any = None,
    endpoint_url: Any = None,
    connect_timeout: Any = None,
    read_timeout: Any = None,
    allow_plain_http: Any = None,
    **_others: object,
) -> Iterator[Fault]:
    """What is wrong with a client of the caller's, or the arguments of `make_client`; None stands for one that isn't given."""
    if session is not None and not callable(getattr(session, "client", None)):
        yield Fault("session", f"must be a boto3 session, not {kind(session)}")
    if client is not None and not callable(getattr(client, "send_users_messages", None)):
        yield Fault("client", f"must be a boto3 client for pinpoint, not {kind(client)}")
    for name, seconds in {"connect_timeout": connect_timeout, "read_timeout": read_timeout}.items():
        if seconds is not None and type(seconds) not in {int, float}:
            yield Fault(name, f"must be a number of seconds, not {kind(seconds)}")
        elif seconds is not None and not 0 < seconds <= _MAX_TIMEOUT:
            yield Fault(name, f"must be more than 0 and at most {_MAX_TIMEOUT:,} seconds")
    if allow_plain_http is not None and type(allow_plain_http) is not bool:
        yield Fault("allow_plain_http", f"must be True or False, not {kind(allow_plain_http)}")
    if endpoint_url is not None and not isinstance(endpoint_url, str):
        yield Fault("endpoint_url", f"must be a string, not {kind(endpoint_url)}")
    elif endpoint_url is not None:
        problem = url_problem(endpoint_url, allow_plain_http=allow_plain_http is True)
        if problem:
            yield Fault("endpoint_url", problem)


def make_client(
    *,
    session: Any = None,
    region_name: str | None = None,
    profile_name: str | None = None,
    endpoint_url: str | None = None,
    connect_timeout: float | None = None,
    read_timeout: float | None = None,
    allow_plain_http: bool | None = None,
    concurrency: int,
) -> Any:
    """A boto3 client for Pinpoint with as many connections as requests go out at a time.

    Raises:
        ConfigurationError: The address of the service in boto3's settings can't be used.
        RegionError: No Region is set, or Pinpoint isn't offered in it.
        CredentialsError: There is no profile of that name.
    """
    import botocore.config  # noqa: PLC0415 - a tenth of a second, which building messages doesn't need
    import botocore.exceptions  # noqa: PLC0415 - likewise
    import botocore.session  # noqa: PLC0415 - likewise

    from pinpoint_users._transport.model_loader import ModelLoader  # noqa: PLC0415 - likewise

    config = botocore.config.Config(
        connect_timeout=connect_timeout or _CONNECT_TIMEOUT,
        read_timeout=read_timeout or _READ_TIMEOUT,
        max_pool_connections=concurrency,
        parameter_validation=False,
    )
    try:
        if session is None:  # botocore's makes the same clients: boto3 itself would be imported for nothing but S3's transfers
            session = botocore.session.Session(profile=profile_name)
            session.register_component("data_loader", ModelLoader(session.get_component("data_loader").search_paths))
            region, new_client = region_name or session.get_config_variable("region"), session.create_client
        else:
            region, new_client = region_name or session.region_name, session.client
        if endpoint_url is None:
            _check_region(session, region)
        client = _new_client(new_client, region, endpoint_url, config)
    except botocore.exceptions.ProfileNotFound as error:
        raise CredentialsError(f"{error}: check profile_name, AWS_PROFILE and the AWS configuration files") from error
    except (botocore.exceptions.NoRegionError, botocore.exceptions.InvalidRegionError) as error:
        raise RegionError(f"{error} Give region_name, or set AWS_REGION or a Region in the AWS profile") from error
    except botocore.exceptions.BotoCoreError as error:
        raise ConfigurationError(f"{error}: {_CHECK_SETTINGS}") from error
    if endpoint_url is not None:
        return client
    found = client.meta.endpoint_url
    problem = url_problem(found, allow_plain_http=bool(allow_plain_http))
    if problem is None and not is_loopback(found):
        return client
    client.close()
    if problem is not None:
        raise ConfigurationError(f"the endpoint URL in {_URL_SETTINGS} {problem}")
    return _new_client(new_client, region, found, config)


def _new_client(new_client: Callable[..., Any], region_name: str | None, endpoint_url: str | None, config: Any) -> Any:
    import botocore.config  # noqa: PLC0415 - see make_client
    import botocore.exceptions  # noqa: PLC0415 - likewise

    if endpoint_url is not None and is_loopback(endpoint_url):  # no proxy reaches this machine's own server
        config = config.merge(botocore.config.Config(proxies={}))
    try:
        return new_client("pinpoint", region_name=region_name, endpoint_url=endpoint_url, config=config)
    except botocore.exceptions.BotoCoreError:  # some are ValueErrors too
        raise
    except ValueError as error:
        if not str(error).startswith(("Invalid endpoint", "Invalid IPv6 URL", "netloc")):
            raise ConfigurationError(f"{error}: {_CHECK_SETTINGS}") from error
    # Raised apart from boto3's error, which shows the whole URL, and a password in it too.
    raise ConfigurationError(f"the endpoint URL in endpoint_url, {_URL_SETTINGS} has no host that can be")


def _check_region(session: Any, region: str | None) -> None:
    offered = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("pinpoint", partition)
    ]
    if region not in offered:
        what = (
            "no Region is set: give region_name, or set AWS_REGION" if region is None else f"Pinpoint isn't offered in {region}"
        )
        raise RegionError(f"{what}; it is offered in {', '.join(sorted(offered))}")


class _Body(bytes):
    """A body that doesn't show what is in it: botocore logs its requests and answers at DEBUG."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<body of {len(self):,} bytes>"

    __str__ = __repr__


@attrs.define(eq=False)
class _Call:
    """One call of ours, on its way through botocore in one thread."""

    body: bytes
    went_out: bool = False
    answer: bytes | None = None
    signing: Signing | None = None
    pattern: Pattern | None = None


class BotoTransport(Transport):
    """Sends through a boto3 client.

    botocore's own retries are off for these calls, whatever the client's settings: it would send a message again that may have
    been delivered.

    Args:
        client: A boto3 client for `pinpoint`.
        owned: Whether `close()` closes the client too.
        has_patterns: Whether requests may be made after the pattern of the first, which handlers that somebody registered for
            boto3's events don't see.
    """

    def __init__(self, client: Any, *, owned: bool, has_patterns: bool = False) -> None:
        self._client = client
        self._owned = owned
        self._thread = threading.local()
        self._http_session: Any = http_session_of(client) if has_patterns else None
        self._patterns: dict[tuple[Operation, str], Pattern] = {}
        timeouts = client.meta.config.connect_timeout, client.meta.config.read_timeout
        self.timeout = None if None in timeouts else sum(timeouts)
        # Several transports may share a client, so each has handlers of its own.
        self._handlers: dict[str, Callable[..., None]] = {
            "before-call": self._put_body,
            "before-sign": self._note_signing,
            "before-send": self._note_sending,
            "before-parse": self._take_answer,
            "needs-retry": self._never_retry,
        }
        for event, handler, unique_id in self._registrations():
            client.meta.events.register_first(event, handler, unique_id=unique_id)

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        """Sends one request, once, and waits for its answer.

        Raises:
            RequestError: The error whose class and `sent` tell what happened.
        """
        call = _Call(_Body(body))
        pattern = self._patterns.get((operation, application_id))
        try:
            if pattern is None:
                return self._by_boto3(call, operation, application_id)
            return self._after(pattern, call, operation)
        except Exception as error:  # botocore's errors have several roots, and any may strike
            raise _told(operation, call, error) from error

    def _by_boto3(self, call: _Call, operation: Operation, application_id: str) -> bytes | Mapping[str, Any]:
        """Sends by boto3's whole way."""
        self._thread.call = call
        try:
            send = getattr(self._client, _CALLS[operation])
            output = send(**{"ApplicationId": application_id, _MEMBERS[operation]: _NO_USERS[operation]})
        finally:
            self._thread.call = None
            if call.pattern is not None:
                self._patterns[operation, application_id] = call.pattern
        return output[_WRAPPERS[operation]] if call.answer is None else call.answer

    def _after(self, pattern: Pattern, call: _Call, operation: Operation) -> bytes | Mapping[str, Any]:
        """Sends as boto3 did before."""
        request = pattern.request(call.body)
        call.went_out = True
        # Here moto answers, and whatever else botocore has for all of its clients.
        answers = self._client.meta.events.emit(f"before-send.pinpoint.{operation}", request=request)
        answer = next((answer for _, answer in answers if answer is not None), None)
        if answer is None:
            answer = self._http_session.send(request)
        if answer.status_code == 200:
            content: bytes = answer.content
            return content
        return self._parsed(answer, operation)

    def _parsed(self, answer: Any, operation: Operation) -> Mapping[str, Any]:
        """What boto3 makes of an answer whose status isn't 200.

        Raises:
            botocore.exceptions.ClientError: It is an error.
        """
        from botocore.endpoint import convert_to_response_dict  # noqa: PLC0415 - see make_client
        from botocore.parsers import create_parser  # noqa: PLC0415 - likewise

        model = self._client.meta.service_model.operation_model(operation)
        response = convert_to_response_dict(answer, model)
        response["body"] = _Body(response["body"])
        parsed: dict[str, Any] = create_parser("rest-json").parse(response, model.output_shape)
        self._raise_if_error(answer, parsed, operation)
        output: Mapping[str, Any] = parsed[_WRAPPERS[operation]]
        return output

    def _raise_if_error(self, answer: Any, parsed: Mapping[str, Any], operation: str) -> None:
        if answer.status_code >= 300:
            raise self._client.exceptions.from_code(parsed.get("Error", {}).get("Code"))(parsed, operation)

    def close(self) -> None:
        """Closes the client's connections, if the client is this library's own; drops the handlers otherwise."""
        for event, _, unique_id in self._registrations():
            self._client.meta.events.unregister(event, unique_id=unique_id)
        if self._owned:
            self._client.close()

    def _registrations(self) -> Iterator[tuple[str, Callable[..., None], str]]:
        """The events of botocore, what handles each, and the name by which it is taken back."""
        for operation in _CALLS:
            for event, handler in self._handlers.items():
                yield f"{event}.pinpoint.{operation}", handler, f"pinpoint-users-{id(self)}-{event}-{operation}"

    def _call(self) -> _Call | None:
        return getattr(self._thread, "call", None)

    def _put_body(self, *, params: dict[str, Any], **_: Any) -> None:
        call = self._call()
        if call is not None:
            params["body"] = call.body

    def _note_signing(
        self, *, request: Any, signing_name: str, region_name: str, signature_version: object, request_signer: Any, **_: Any
    ) -> None:
        call = self._call()
        if call is not None and self._http_session is not None:
            call.signing = Signing.of(request, request_signer, signing_name, region_name, signature_version)

    def _note_sending(self, *, request: Any, **_: Any) -> None:
        call = self._call()
        if call is not None:
            call.went_out = True
            call.pattern = None if call.signing is None else Pattern.of(request, call.signing)

    def _take_answer(self, *, response_dict: dict[str, Any], **_: Any) -> None:
        call = self._call()
        if call is None:
            return
        if response_dict["status_code"] == 200:
            call.answer = response_dict["body"]
            response_dict["body"] = b"{}"
        else:
            response_dict["body"] = _Body(response_dict["body"])

    def _never_retry(self, *, operation: Any, response: Any, caught_exception: BaseException | None, **_: Any) -> None:
        """Ends the call before botocore's own handlers can ask for another attempt."""
        if self._call() is None:
            return
        if caught_exception is not None:
            raise caught_exception
        self._raise_if_error(response[0], response[1], operation.name)


def _told(operation: Operation, call: _Call, error: Exception) -> RequestError:
    """What an error of botocore's means, in this library's words."""
    import botocore.exceptions  # noqa: PLC0415 - see make_client

    if isinstance(error, botocore.exceptions.ClientError):
        return _from_answer(operation, error.response)
    if call.went_out:
        return _lost(operation, error)
    said = f"{operation}: {error}"
    if {name.__name__ for name in type(error).__mro__} & _CREDENTIALS:
        return CredentialsError(
            f"{said}: nothing was sent; boto3's documentation lists the places where it looks for credentials"
        )
    return ConfigurationError(f"{said}: nothing was sent")


def _lost(operation: Operation, error: Exception) -> RequestError:
    """What an error means that struck while the request was out."""
    import botocore.exceptions as boto  # noqa: PLC0415 - see make_client

    said = f"{operation}: {error}"
    if isinstance(error, (boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError)):
        return ConnectionFailedError(f"{said}: nothing was sent")
    if isinstance(error, boto.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return ConfigurationError(f"{said}: nothing was sent; check the certificates (AWS_CA_BUNDLE)")
    if isinstance(error, boto.ReadTimeoutError):
        return ReadTimeoutError(f"{said}: the message may have been sent all the same")
    return ConnectionLostError(f"{said}: the message may have been sent all the same")


def _from_answer(operation: Operation, parsed: Mapping[str, Any]) -> RequestError:
    error, metadata = parsed.get("Error", {}), parsed.get("ResponseMetadata", {})
    return answer_error(
        operation,
        metadata.get("HTTPStatusCode", 400),
        code=str(error.get("Code", "")),
        message=str(error.get("Message", "")),
        request_id=metadata.get("RequestId"),
    )
