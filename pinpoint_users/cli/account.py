"""Whose account messages go out from: asked of AWS, without sending."""

from __future__ import annotations

from typing import Any, cast

import attrs

from pinpoint_users._transport.endpoint_url import is_loopback
from pinpoint_users.cli.options import AWSOptions
from pinpoint_users.errors import ConfigurationError, CredentialsError

_TIMEOUT = 5


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

    @property
    def is_local(self) -> bool:
        """Whether the services are embedded ones on this machine."""
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
        except (botocore.exceptions.BotoCoreError, ValueError) as error:
            raise ConfigurationError(f"{error}: check --region, --endpoint-url and the AWS configuration files") from error

    def identity(self) -> Identity:
        """Who sends, as far as AWS tells.

        Raises:
            CredentialsError: There are no credentials, or they aren't valid.
        """
        import botocore.exceptions  # noqa: PLC0415 - as above

        if self.is_local:
            return Identity(self.region, f"none: an embedded service at {self._options.endpoint_url}")
        client = self.client("sts")
        try:
            answer = client.get_caller_identity()
        except (botocore.exceptions.NoCredentialsError, botocore.exceptions.PartialCredentialsError) as error:
            raise CredentialsError(f"{error}: set credentials as boto3 finds them, such as by `aws configure`") from error
        except botocore.exceptions.ClientError as error:
            if status_of(error) in {401, 403}:
                raise CredentialsError(f"{said(error)}: the credentials aren't valid, or have expired: renew them") from error
            return Identity(self.region, f"unknown ({said(error)})")
        except botocore.exceptions.BotoCoreError as error:
            return Identity(self.region, f"unknown ({error})")
        finally:
            client.close()
        return Identity(self.region, answer["Account"], answer.get("Arn"))


def status_of(error: Any) -> int | None:
    """The HTTP status of an error of boto3's."""
    return cast("int | None", getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode"))


def said(error: Any) -> str:
    """What AWS said, or what boto3 did."""
    answer = getattr(error, "response", {}).get("Error", {})
    code, message = answer.get("Code"), answer.get("Message")
    return f"{code}: {message}" if code else str(error)
