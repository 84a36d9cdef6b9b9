"""Every way in which boto3 finds credentials, against fakes on loopback, and beside boto3 itself with the same settings.

What the fakes hand out runs out in a minute, which makes boto3 renew it at each request: so each request has another key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from peer import Peer

from pinpoint_users import PinpointUsers

STS = (
    '<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result><AssumedRoleUser><Arn>arn:aws:sts::1:'
    "assumed-role/x/y</Arn><AssumedRoleId>i:y</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>{1}</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{2}</Expiration></Credentials>"
    "</{0}Result></{0}Response>"
)


def soon():
    return (dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Handler(BaseHTTPRequestHandler):
    """STS, SSO's portal, and the metadata of containers and machines."""

    def do_PUT(self):
        self._say("text/plain", "imds-token")

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/latest/meta-data/iam/security-credentials/":
            self._say("text/plain", "role-of-the-machine")
        elif path == "/federation/credentials":
            assert self.headers["x-amz-sso_bearer_token"] == "sso-token"
            expires = int(dt.datetime.now(dt.timezone.utc).timestamp() + 60) * 1000
            given = {"accessKeyId": self._key("SSO"), "secretAccessKey": "s", "sessionToken": "t", "expiration": expires}
            self._say("application/json", json.dumps({"roleCredentials": given}))
        else:
            of = "MACHINE" if path.startswith("/latest") else "META"
            if of == "MACHINE":
                assert self.headers["x-aws-ec2-metadata-token"] == "imds-token"
            else:
                assert self.headers["Authorization"] == "container-token"
            given = {"Code": "Success", "AccessKeyId": self._key(of), "SecretAccessKey": "s", "Token": "t"}
            self._say("application/json", json.dumps({**given, "Expiration": soon()}))

    def do_POST(self):
        asked = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        (action,), (role,) = asked["Action"], asked["RoleArn"]
        self._say("text/xml", STS.format(action, self._key(role.rpartition("/")[2]), soon()))

    def _key(self, name):
        self.server.count += 1
        return f"{name}-{self.server.count}"

    def _say(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def fake():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.count = 0
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


PROGRAM = """
import datetime, json, pathlib
count = pathlib.Path(__file__).with_suffix(".count")
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60)).isoformat()
print(json.dumps({"Version": 1, "AccessKeyId": f"PROGRAM-{number}", "SecretAccessKey": "s", "Expiration": soon}))
"""
ROLE = "role_arn = arn:aws:iam::1:role/{}\n"
WAYS = {
    "environment": ("ENV", {"AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}, ""),
    "shared file": ("FILE", {}, ""),
    "a profile of the shared file": ("BASE", {"AWS_PROFILE": "base"}, "[profile base]\n"),
    "a profile's keys in the config file": (
        "CONFIG",
        {"AWS_PROFILE": "app"},
        "[profile app]\naws_access_key_id = CONFIG\naws_secret_access_key = s\n",
    ),
    "role": ("APP-", {"AWS_PROFILE": "app"}, f"[profile app]\n{ROLE.format('APP')}source_profile = base\n"),
    "chained roles": (
        "OUTER-",
        {"AWS_PROFILE": "app"},
        f"[profile app]\n{ROLE.format('OUTER')}source_profile = i\n[profile i]\n{ROLE.format('I')}source_profile = base\n",
    ),
    "the environment before a profile": (
        "ENV",
        {"AWS_PROFILE": "app", "AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "s"},
        f"[profile app]\n{ROLE.format('APP')}credential_source = Environment\n",
    ),
    "web identity": (
        "WEB-",
        {"AWS_ROLE_ARN": "arn:aws:iam::1:role/WEB", "AWS_WEB_IDENTITY_TOKEN_FILE": "{folder}/token"},
        "",
    ),
    "a profile's web identity": (
        "WEB-",
        {"AWS_PROFILE": "app"},
        f"[profile app]\n{ROLE.format('WEB')}web_identity_token_file = {{folder}}/token\n",
    ),
    "SSO": (
        "SSO-",
        {"AWS_PROFILE": "app"},
        "[profile app]\nsso_start_url = https://sso.test/start\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name=r\n",
    ),
    "credential_process": (
        "PROGRAM-",
        {"AWS_PROFILE": "app"},
        f"[profile app]\ncredential_process = {sys.executable} {{folder}}/program.py\n",
    ),
    "container metadata": (
        "META-",
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{fake}/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token"},
        "",
    ),
    "instance metadata": (
        "MACHINE-",
        {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "{fake}/"},
        "",
    ),
}


@pytest.fixture(params=WAYS)
def key(request, monkeypatch, tmp_path, fake):
    """What the access key begins with, in a machine that is set up for one way."""
    key, environment, config = WAYS[request.param]
    places = {"folder": tmp_path, "fake": f"http://127.0.0.1:{fake.server_port}"}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    stored = "" if key in {"META-", "MACHINE-"} else "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n"
    if key == "FILE":
        stored += "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n"
    (tmp_path / "credentials").write_text(stored)
    (tmp_path / "config").write_text(config.format(**places))
    (tmp_path / "token").write_text("a.b.c")
    (tmp_path / "program.py").write_text(PROGRAM)
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    token = {"accessToken": "sso-token", "expiresAt": "2099-01-01T00:00:00Z"}
    (cache / f"{hashlib.sha1(b'https://sso.test/start').hexdigest()}.json").write_text(json.dumps(token))
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(cache))
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(**places))
    for name in ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO"):
        monkeypatch.setenv(name, places["fake"])
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return key


def test_the_same_credentials_as_boto3_finds_and_renewed(key, message):
    with Peer() as peer:
        url = f"http://127.0.0.1:{peer.port}"
        parameters = {"MessageConfiguration": {"SMSMessage": {"Body": "hello"}}, "Users": {"u": {}}}
        boto3.Session(region_name="eu-west-1").client("pinpoint", endpoint_url=url).send_users_messages(
            ApplicationId="app", SendUsersMessageRequest=parameters
        )
        with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url) as pinpoint:
            for _ in range(3):
                pinpoint.send(message, ["u"]).raise_for_failures()
        keys = [re.search(rb"Credential=([^/]+)/", head)[1].decode() for head in peer.heads]
        tokens = [b"x-amz-security-token" in head.lower() for head in peer.heads]
    assert len(keys) == 4
    assert len(set(tokens)) == 1
    if key.endswith("-"):
        assert all(found.startswith(key) for found in keys)
        # Each is renewed, and none used twice; those of a machine botocore itself uses for some minutes after their end.
        assert len(set(keys)) == (2 if key == "MACHINE-" else 4)
    else:
        assert keys == [key] * 4
