"""Fakes of what hands out credentials: STS, SSO and its tokens, the console's sign-in, metadata of containers and machines."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

STS = (
    '<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result><AssumedRoleUser><Arn>arn:aws:sts::1:'
    "assumed-role/x/y</Arn><AssumedRoleId>i:y</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>{1}</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{2}</Expiration></Credentials>"
    "</{0}Result></{0}Response>"
)


class CredentialServer(ThreadingHTTPServer):
    """Each key that it gives is numbered, and is good for so many seconds from the time that it is to its client."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.count = 0
        self.seconds = 60
        self.later = 0
        """How far its client's clock is ahead."""
        self.tokens = 0
        """Tokens of SSO's that were renewed."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def expires(self):
        return dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=self.later + self.seconds)

    @contextlib.contextmanager
    def serving(self):
        thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with self:
            yield self
            self.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    _FOLDERS = types.MappingProxyType(
        {
            "latest": ("MACHINE", "x-aws-ec2-metadata-token", "imds-token"),
            "container": ("META", "Authorization", "container-token"),
            "program": ("PROGRAM", "Authorization", None),
        }
    )

    def do_PUT(self):
        self._say("text/plain", "imds-token")

    def do_GET(self):
        path = urlsplit(self.path).path
        expires = self.server.expires()
        if path == "/latest/meta-data/iam/security-credentials/":
            self._say("text/plain", "role-of-the-machine")
        elif path == "/federation/credentials":
            assert self.headers["x-amz-sso_bearer_token"] == ("renewed-token" if self.server.tokens else "sso-token")
            given = {"accessKeyId": self._key("SSO"), "secretAccessKey": "s", "sessionToken": "t"}
            self._tell({"roleCredentials": {**given, "expiration": int(expires.timestamp()) * 1000}})
        else:
            of, header, value = self._FOLDERS[path.split("/")[1]]
            assert self.headers[header] == value
            given = {"AccessKeyId": self._key(of), "SecretAccessKey": "s", "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}
            self._tell({**given, **({"Version": 1} if of == "PROGRAM" else {"Code": "Success", "Token": "t"})})

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        if self.path == "/token":
            assert json.loads(asked)["refreshToken"] == "refresh"
            self.server.tokens += 1
            self._tell({"accessToken": "renewed-token", "refreshToken": "refresh", "expiresIn": 8 * 3600})
        elif self.path == "/v1/token":
            assert json.loads(asked)["refreshToken"] == "refresh"
            assert self.headers["DPoP"]
            key = {"accessKeyId": self._key("LOGIN"), "secretAccessKey": "s", "sessionToken": "t"}
            self._tell(
                {"accessToken": key, "refreshToken": "refresh", "expiresIn": self.server.seconds, "tokenType": "aws_sigv4"}
            )
        else:
            fields = parse_qs(asked)
            (action,), (role,) = fields["Action"], fields["RoleArn"]
            expires = f"{self.server.expires():%Y-%m-%dT%H:%M:%SZ}"
            self._say("text/xml", STS.format(action, self._key(role.rpartition("/")[2]), expires))

    def _key(self, name):
        self.server.count += 1
        return f"{name}-{self.server.count}"

    def _tell(self, given):
        self._say("application/json", json.dumps(given))

    def _say(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass
