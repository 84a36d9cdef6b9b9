"""Requests after the pattern of one that boto3 has made.

Most of what boto3 does for a request comes out the same every time: the address, the Region, nearly all headers. So the first
request of an operation goes boto3's whole way, and what it looked like when it went out is the pattern of those that follow.
These are signed and sent by botocore's own parts, in little more than half the time.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import attrs

_SAME_IN_ALL = frozenset({"content-type", "user-agent", "amz-sdk-request"})
_NEW_IN_EACH = frozenset(
    {"amz-sdk-invocation-id", "authorization", "content-length", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
)
_SIGNATURE_VERSION = "v4"


@attrs.frozen
class Signing:
    """How boto3 signs a request, as its `before-sign` event tells."""

    signer: Any
    """botocore's signer of the client, which has the credentials and renews them."""
    name: str
    """AWS's name of the service, to signatures."""
    region: str

    @classmethod
    def of(cls, request: Any, signer: Any, name: str, region: str, version: object) -> Signing | None:
        """None where a request is signed in another way than usual."""
        chosen = request.context.get("signing") or {}
        if version != _SIGNATURE_VERSION or not chosen.keys() <= {"region", "signing_name"}:
            return None
        return cls(signer, chosen.get("signing_name") or name, chosen.get("region") or region)


@attrs.frozen
class Pattern:
    """What the requests of one operation have in common."""

    method: str
    url: str
    headers: Mapping[str, str]
    signing: Signing

    @classmethod
    def of(cls, request: Any, signing: Signing) -> Pattern | None:
        """The pattern of a request of boto3's that is about to be sent; None if it has a header of which nothing is known."""
        headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
        if not {name.lower() for name in headers} <= _SAME_IN_ALL | _NEW_IN_EACH:
            return None
        same = {name: value for name, value in headers.items() if name.lower() in _SAME_IN_ALL}
        return cls(request.method, request.url, same, signing)

    def request(self, body: bytes) -> Any:
        """A request with this body, signed with the credentials of the moment.

        Raises:
            botocore.exceptions.BotoCoreError: There are no credentials, or they can't be renewed.
        """
        import uuid  # noqa: PLC0415 - botocore has it, who only builds messages doesn't need it

        from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - loaded by the first request

        request = AWSRequest(
            method=self.method,
            url=self.url,
            headers={**self.headers, "amz-sdk-invocation-id": str(uuid.uuid4())},
            data=body,
        )
        signing = self.signing
        signing.signer.get_auth_instance(
            signing_name=signing.name, region_name=signing.region, signature_version=_SIGNATURE_VERSION
        ).add_auth(request)
        return request.prepare()


def http_session_of(client: Any) -> Any:
    """What a client sends by, with its connections, proxies and certificates; None if patterns can't be used with it.

    That is so where somebody has put something around botocore's calls, as libraries for tracing do, which would miss ours.
    """
    from botocore.client import BaseClient  # noqa: PLC0415 - loaded by the client

    for name in ("__init__", "_make_api_call"):
        method = vars(BaseClient).get(name)
        if not isinstance(method, types.FunctionType) or method.__globals__["__name__"].partition(".")[0] != "botocore":
            return None
    # botocore has no public name for it; where there is none of this name either, all requests go boto3's whole way.
    return getattr(getattr(client, "_endpoint", None), "http_session", None)
