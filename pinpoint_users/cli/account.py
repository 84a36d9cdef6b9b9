"""Whose account messages go out from: asked of AWS, without sending."""

from __future__ import annotations

from typing import Any, cast

import attrs

from pinpoint_users._transport.endpoint_url import is_loopback
from pinpoint_users._transport.failures import settings_error
from pinpoint_users.cli.options import AWSOptions
from pinpoint_users.errors import ConfigurationError, CredentialsError

_TIMEOUT = 5
CANT_BE_READ = "the answer can't be read, so it may not be AWS's"


@attrs.frozen
class Identity:
    """Who sends."""

    region: str | None
    account: str
    """The account's number, or why it isn't known."""
    arn: str | None = None
    """The user or role, if it is known."""


class Account:
    """The settings of AWS as boto3 finds them.

    Args:
        options: What the command line says instead.

    Raises:
        CredentialsError: There is no profile of that name.
        ConfigurationError: boto3's settings can't be read.
    """

    def __init__(self, options: AWSOptions) -> None:
        import botocore.exceptions  # noqa: PLC0415 - a tenth of a second, which --help doesn't need
        import botocore.session  # noqa: PLC0415 - likewise

        self._options = options
        try:
            self._session: Any = botocore.session.Session(profile=options.profile)
            self._session.get_scoped_config()  # a profile that isn't there shows here
            self.region: str | None = options.region or self._session.get_config_variable("region")
        except botocore.exceptions.ProfileNotFound as error:
            raise CredentialsError(f"{error}: check --profile, AWS_PROFILE and the AWS configuration files") from error
        except botocore.exceptions.BotoCoreError as error:
            raise _settings_error(error) from error

    @property
    def is_local(self) -> bool:
        """Whether the services are on this machine, as embedded ones are."""
        return self._options.endpoint_url is not None and is_loopback(self._options.endpoint_url)

    def client(self, service: str) -> Any:
        """A boto3 client, for questions.

        Raises:
            ConfigurationError: It can't be made.
        """
        import botocore.config  # noqa: PLC0415 - as above
        import botocore.exceptions  # noqa: PLC0415 - likewise

        config = botocore.config.Config(
            connect_timeout=_TIMEOUT,
            read_timeout=_TIMEOUT,
            retries={"total_max_attempts": 2},
            proxies={} if self.is_local else None,
        )
        try:
            return self._session.create_client(
                service, region_name=self.region, endpoint_url=self._options.endpoint_url, config=config
            )
        except botocore.exceptions.BotoCoreError as error:
            raise _settings_error(error) from error
        except ValueError:  # its text has the whole URL, and a password in it too
            raise ConfigurationError(
                "the endpoint URL in --endpoint-url, AWS_ENDPOINT_URL… or the AWS profile isn't one: write https://HOST"
            ) from None

    def identity(self) -> Identity:
        """Who sends, as far as AWS tells.

        Raises:
            CredentialsError: There are no credentials, or they aren't valid.
        """
        import botocore.exceptions  # noqa: PLC0415 - as above

        if self.is_local:
            return Identity(self.region, f"unknown ({self._options.endpoint_url} is on this machine, and isn't asked)")
        client = self.client("sts")
        try:
            answer = client.get_caller_identity()
            return Identity(self.region, answer["Account"], answer.get("Arn"))
        except botocore.exceptions.ClientError as error:
            if status_of(error) in {401, 403}:
                raise CredentialsError(f"{said(error)}: the credentials aren't valid, or have expired: renew them") from error
            return Identity(self.region, f"unknown ({said(error)})")
        except botocore.exceptions.BotoCoreError as error:
            problem = _settings_error(error)
            if isinstance(problem, CredentialsError):
                raise problem from error
            return Identity(self.region, f"unknown ({error})")
        except unreadable_errors():
            return Identity(self.region, f"unknown ({CANT_BE_READ})")
        finally:
            client.close()


def unreadable_errors() -> tuple[type[Exception], ...]:
    """What botocore and those who read its answers raise where it isn't AWS that answers, but a proxy's page."""
    import botocore.parsers  # noqa: PLC0415 - as above

    return (botocore.parsers.ResponseParserError, LookupError, AttributeError)


def _settings_error(error: Exception) -> ConfigurationError:
    kind, _ = settings_error(error)
    if issubclass(kind, CredentialsError):
        return kind(f"{error}: set credentials as boto3 finds them, such as by `aws configure` or `aws sso login`")
    return kind(f"{error}: check --region, --endpoint-url and the AWS configuration files")


def status_of(error: Any) -> int | None:
    """The HTTP status of an error of boto3's."""
    return cast("int | None", getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode"))


def said(error: Any) -> str:
    """What AWS said, or what boto3 did."""
    answer = getattr(error, "response", {}).get("Error", {})
    code, message = answer.get("Code"), answer.get("Message")
    return f"{code}: {message}" if code else str(error)
