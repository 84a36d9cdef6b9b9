"""Clients of boto3's: settings, Regions and addresses checked before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pinpoint_users._shapes.converters import kind
from pinpoint_users._transport.endpoint_url import is_loopback, url_problem
from pinpoint_users._transport.failures import CHECK_SETTINGS, settings_error
from pinpoint_users._transport.services import PINPOINT, Service
from pinpoint_users.errors import ConfigurationError, CredentialsError, Fault, RegionError

_FOR_TESTS = "for tests there are botocore's Stubber and pinpoint_users.local.LocalPinpoint"
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
    if session is not None and (isinstance(session, type) or not callable(getattr(session, "client", None))):
        remedy = "for a profile, write profile_name=" if isinstance(session, str) else "write boto3.Session()"
        yield Fault("session", f"must be a boto3 session, not {kind(session)}: {remedy}")
    if client is not None:
        yield from _client_faults(client)
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


def _client_faults(client: Any) -> Iterator[Fault]:
    """What is wrong with a client of the caller's; a mock has anything, and all of it mocks."""
    config = getattr(getattr(client, "meta", None), "config", None)
    timeouts = [getattr(config, name, False) for name in ("connect_timeout", "read_timeout")]
    if not callable(getattr(client, "send_users_messages", None)):
        remedy = "write local.client()" if hasattr(client, "deliveries") else 'write boto3.client("pinpoint")'
        yield Fault("client", f"must be a boto3 client for pinpoint, not {kind(client)}: {remedy}")
    elif not all(seconds is None or type(seconds) in {int, float} for seconds in timeouts):
        yield Fault(
            "client",
            f"must be a boto3 client for pinpoint, not {kind(client)}: {_FOR_TESTS}",
        )


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
    service: Service = PINPOINT,
) -> Any:
    """A boto3 client for a service with as many connections as requests go out at a time.

    Raises:
        ConfigurationError: The address of the service in boto3's settings can't be used.
        RegionError: No Region is set, or the service isn't offered in it.
        CredentialsError: There is no profile of that name, or its credentials are incomplete or a login that has ended.
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
            session.register_component("data_loader", ModelLoader(session.get_component("data_loader")))
            session.set_config_variable("region", region_name)  # as boto3: clients that fetch credentials need it too
            region, new_client = region_name or session.get_config_variable("region"), session.create_client
        else:
            region, new_client = region_name or session.region_name, session.client
        if endpoint_url is None:
            _check_region(session, region, service)
        client = _new_client(new_client, region, endpoint_url, config, service)
    except botocore.exceptions.ProfileNotFound as error:
        raise CredentialsError(f"{error}: check profile_name, AWS_PROFILE and the AWS configuration files") from error
    except (botocore.exceptions.NoRegionError, botocore.exceptions.InvalidRegionError) as error:
        raise RegionError(f"{error} Give region_name, or set AWS_DEFAULT_REGION or a Region in the AWS profile") from error
    except (botocore.exceptions.BotoCoreError, OSError) as error:  # such as of a credential_process that isn't there
        kind_of_error, remedy = settings_error(error)
        raise kind_of_error(f"{error}: {remedy}") from error
    if endpoint_url is not None:
        return client
    found = client.meta.endpoint_url
    problem = url_problem(found, allow_plain_http=bool(allow_plain_http))
    if problem is None and not is_loopback(found):
        return client
    client.close()
    if problem is not None:
        raise ConfigurationError(f"the endpoint URL in {_url_settings(service)} {problem}")
    return _new_client(new_client, region, found, config, service)


def _url_settings(service: Service) -> str:
    return f"{service.url_variable}, AWS_ENDPOINT_URL or the AWS profile"


def _new_client(
    new_client: Callable[..., Any], region_name: str | None, endpoint_url: str | None, config: Any, service: Service
) -> Any:
    import botocore.config  # noqa: PLC0415 - see make_client
    import botocore.exceptions  # noqa: PLC0415 - likewise

    if endpoint_url is not None and is_loopback(endpoint_url):  # no proxy reaches this machine's own server
        config = config.merge(botocore.config.Config(proxies={}))
    try:
        return new_client(service.name, region_name=region_name, endpoint_url=endpoint_url, config=config)
    except botocore.exceptions.BotoCoreError:  # some are ValueErrors too
        raise
    except ValueError as error:
        if not str(error).startswith(("Invalid endpoint", "Invalid IPv6 URL", "netloc")):
            raise ConfigurationError(f"{error}: {CHECK_SETTINGS}") from error
    # Raised apart from boto3's error, which shows the whole URL, and a password in it too.
    raise ConfigurationError(f"the endpoint URL in endpoint_url, {_url_settings(service)} has an invalid host")


def _check_region(session: Any, region: str | None, service: Service) -> None:
    offered = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions(service.name, partition)
    ]
    if region not in offered:
        what = (
            "no Region is set: give region_name, or set AWS_DEFAULT_REGION"
            if region is None
            else f"{service.title} isn't offered in {region!r}"
        )
        raise RegionError(f"{what}; it is offered in {', '.join(sorted(offered))}")
