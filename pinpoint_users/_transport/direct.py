"""The fast path: requests after the pattern of one that boto3 has made.

Most of what boto3 does for a request comes out the same every time: the address, the Region, nearly all headers. So the first
request of an operation goes boto3's whole way, and its form as it went out is the pattern of those that follow.
These are signed with botocore's credentials, and sent on its connections.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from typing import Any

import attrs
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest

_SAME_IN_ALL = frozenset({"content-type", "user-agent", "amz-sdk-request", "x-amz-target", "host"})  # host: by awscrt
_NEW_IN_EACH = frozenset({"amz-sdk-invocation-id", "authorization", "content-length", "x-amz-date", "x-amz-security-token"})
_SIGNATURE_VERSION = "v4"
_ALGORITHM = "AWS4-HMAC-SHA256"


@attrs.define(eq=False, repr=False)
class Signing:
    """How boto3 signs a request, as its `before-sign` event says."""

    signer: Any
    """botocore's signer of the client, which has the credentials and renews them."""
    name: str
    """AWS's name of the service, to signatures."""
    region: str
    _key: tuple[tuple[str, str], bytes] = (("", ""), b"")
    """The key that was derived last, and from which secret and date."""

    @classmethod
    def of(cls, request: Any, signer: Any, name: str, region: str, version: object) -> Signing | None:
        """None where a request isn't signed by AWS's Signature Version 4, in one Region, with the client's credentials."""
        chosen = request.context.get("signing") or {}
        if version != _SIGNATURE_VERSION or not chosen.keys() <= {"region", "signing_name"}:
            return None
        return cls(signer, chosen.get("signing_name") or name, chosen.get("region") or region)

    def credentials(self) -> Any:
        """The credentials of the moment, by botocore.

        Raises:
            botocore.exceptions.BotoCoreError: They can't be renewed.
        """
        return self.signer.get_auth_instance(self.name, self.region, signature_version=_SIGNATURE_VERSION).credentials

    def botocores(self) -> Any:
        """The signature that botocore itself makes."""
        return SigV4Auth(self.credentials(), self.name, self.region)

    def sign(self, credentials: Any, timestamp: str, text: str) -> tuple[str, str]:
        """The scope and the signature of a request, whose canonical text this is.

        The key is derived once a day, where botocore derives it for each request, which takes as long as all else of this.
        """
        made_of = credentials.secret_key, timestamp[:8]
        scope = f"{timestamp[:8]}/{self.region}/{self.name}/aws4_request"
        known_of, key = self._key
        if known_of != made_of:
            key = f"AWS4{credentials.secret_key}".encode()
            for part in scope.split("/"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key = made_of, key
        to_sign = "\n".join((_ALGORITHM, timestamp, scope, hashlib.sha256(text.encode()).hexdigest()))
        return scope, hmac.digest(key, to_sign.encode(), "sha256").hex()


@attrs.frozen(eq=False, repr=False)
class Pattern:
    """What the requests of one operation have in common."""

    method: str
    url: str
    headers: Mapping[str, str]
    to_sign: Mapping[str, str]
    """Those of the headers that are signed, the host among them, by their names in small letters."""
    path: str
    """The path of the URL, encoded as for signing."""
    signing: Signing

    @classmethod
    def of(cls, request: Any, signing: Signing) -> Pattern | None:
        """The pattern of a request of boto3's that is about to be sent.

        Returns:
            None if it has a header of which nothing is known, or botocore signs otherwise than is known.
        """
        headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
        if not {name.lower() for name in headers} <= _SAME_IN_ALL | _NEW_IN_EACH:
            return None
        same = {name: value for name, value in headers.items() if name.lower() in _SAME_IN_ALL}
        alike = AWSRequest(method=request.method, url=request.url, headers=same, data=b"")
        alike.context["timestamp"] = timestamp = "20161201T000000Z"
        botocores = signing.botocores()
        text = botocores.canonical_request(alike)
        proof = botocores.signature(botocores.string_to_sign(alike, text), alike)
        if (botocores.credential_scope(alike), proof) != signing.sign(botocores.credentials, timestamp, text):
            return None
        _, path, _, *lines = text.split("\n")
        to_sign = dict(line.split(":", 1) for line in lines[: lines.index("")])
        return cls(request.method, request.url, same, to_sign, path, signing)

    def request(self, body: bytes) -> Any:
        """A request with this body, signed with the credentials of the moment.

        Raises:
            botocore.exceptions.BotoCoreError: The credentials can't be renewed.
        """
        credentials = self.signing.credentials()
        own = {"amz-sdk-invocation-id": str(uuid.uuid4()), "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())}
        if credentials.token:
            own["X-Amz-Security-Token"] = credentials.token
        own["Authorization"] = self._authorization(credentials, own, body)
        headers = {**self.headers, **own, "Content-Length": str(len(body))}
        return AWSPreparedRequest(self.method, self.url, headers, body, stream_output=False)

    def _authorization(self, credentials: Any, own: Mapping[str, str], body: bytes) -> str:
        """The header that proves who sends: AWS's Signature Version 4."""
        to_sign = {**self.to_sign, **{name.lower(): value for name, value in own.items()}}
        names = sorted(to_sign)
        lines = [f"{name}:{to_sign[name]}" for name in names]
        signed = ";".join(names)
        text = "\n".join((self.method, self.path, "", *lines, "", signed, hashlib.sha256(body).hexdigest()))
        scope, proof = self.signing.sign(credentials, own["X-Amz-Date"], text)
        return f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={signed}, Signature={proof}"
