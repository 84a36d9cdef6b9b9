"""Every way in which boto3 finds credentials, against fakes on loopback, and beside boto3 itself with the same settings."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import importlib
import json
import re
import sys
import types

import attrs
import boto3
import pytest
from credential_servers import CredentialServer
from peer import Peer, answer_to

from pinpoint_users import AsyncPinpointUsers, CredentialsError, PinpointUsers

PROGRAM = "import urllib.request; print(urllib.request.urlopen('{fake}/program').read().decode())"
ROLE = "role_arn = arn:aws:iam::1:role/{}\n"
SSO_SESSION = """[profile app]
sso_session = s
sso_account_id = 1
sso_role_name = r
[sso-session s]
sso_start_url = https://sso.test/start
sso_region = eu-west-1
"""
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
    "SSO session": (
        "SSO-",
        {"AWS_PROFILE": "app"},
        SSO_SESSION,
    ),
    "login": (
        "LOGIN-",
        {"AWS_PROFILE": "app", "AWS_LOGIN_CACHE_DIRECTORY": "{folder}/login"},
        "[profile app]\nlogin_session = arn:aws:iam::1:user/u\n",
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


SESSION, START = "arn:aws:iam::1:user/u", "https://sso.test/start"
PARAMETERS = {"MessageConfiguration": {"SMSMessage": {"Body": "hello"}}, "Users": {"u": {}}}


@pytest.fixture
def fake():
    with CredentialServer().serving() as server:
        yield server


@pytest.fixture
def clock(monkeypatch, fake):
    """botocore's clock for credentials, which is ahead by `fake.later` seconds."""

    class AnyTime(type):
        def __instancecheck__(cls, value):
            return isinstance(value, dt.datetime)

    class Later(dt.datetime, metaclass=AnyTime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime.now(tz) + dt.timedelta(seconds=fake.later)

    monkeypatch.setattr("botocore.credentials.datetime", types.SimpleNamespace(datetime=Later, timedelta=dt.timedelta))


@attrs.frozen
class Machine:
    """A machine that is set up for one way."""

    key: str
    """What the access key begins with."""
    folder: object
    fake: CredentialServer

    def log_in(self):
        """The tokens of SSO and of the console, as a login has left them some time ago."""
        soon = (dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
        whole = {"accessToken": "sso-token", "expiresAt": "2099-01-01T00:00:00Z"}
        old = {**whole, "expiresAt": soon, "registrationExpiresAt": "2099-01-01T00:00:00Z", "refreshToken": "refresh"}
        self._write("sso", hashlib.sha1(START.encode()), whole)
        self._write("sso", hashlib.sha1(b"s"), {**old, "clientId": "c", "clientSecret": "s"})
        key = {"accessKeyId": "LOGIN-0", "secretAccessKey": "s", "sessionToken": "t", "accountId": "1", "expiresAt": soon}
        if self.key == "LOGIN-":
            given = {"accessToken": key, "refreshToken": "refresh", "clientId": "c", "dpopKey": dpop_key()}
            self._write("login", hashlib.sha256(SESSION.encode()), given)
        self.fake.later = self.fake.tokens = 0

    def _write(self, folder, name, token):
        (self.folder / folder / f"{name.hexdigest()}.json").write_text(json.dumps(token))


def dpop_key():
    crypto = importlib.import_module("awscrt.crypto")
    made = crypto.EC.new_generate(crypto.ECType.P_256).export_key(crypto.ECExportFormat.SEC1)
    return f"-----BEGIN EC PRIVATE KEY-----\n{base64.b64encode(made).decode()}\n-----END EC PRIVATE KEY-----\n"


def set_up(way, monkeypatch, tmp_path, fake):
    key, environment, config = WAYS[way]
    if key == "LOGIN-":
        pytest.importorskip("awscrt", reason="botocore's extra crt")
        if not hasattr(importlib.import_module("botocore.credentials"), "LoginProvider"):
            pytest.skip("botocore is older than this")
    places = {"folder": tmp_path, "fake": fake.url}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    stored = "" if key in {"META-", "MACHINE-"} else "[base]\naws_access_key_id = BASE\naws_secret_access_key = s\n"
    if key == "FILE":
        stored += "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n"
    (tmp_path / "credentials").write_text(stored)
    (tmp_path / "config").write_text(config.format(**places))
    (tmp_path / "token").write_text("a.b.c")
    (tmp_path / "program.py").write_text(PROGRAM.format(**places))
    for name in ("sso", "login"):
        (tmp_path / name).mkdir()
    for provider in ("credentials.SSOProvider", "tokens.SSOTokenProvider"):
        monkeypatch.setattr(f"botocore.{provider}._SSO_TOKEN_CACHE_DIR", str(tmp_path / "sso"))
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(**places))
    for name in ("STS", "SSO", "SSO_OIDC", "SIGNIN"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", fake.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return Machine(key, tmp_path, fake)


def keys_of(peer):
    return [re.search(rb"Credential=([^/]+)/", head)[1].decode() for head in peer.heads]


@pytest.mark.parametrize("way", WAYS)
def test_the_same_credentials_as_boto3_finds_and_renewed(way, monkeypatch, tmp_path, fake, message):
    """What the fakes hand out runs out in a minute, which makes boto3 renew it at each request: each has another key."""
    machine = set_up(way, monkeypatch, tmp_path, fake)
    key = machine.key
    with Peer() as peer:
        url = f"http://127.0.0.1:{peer.port}"
        machine.log_in()
        boto3.Session(region_name="eu-west-1").client("pinpoint", endpoint_url=url).send_users_messages(
            ApplicationId="app", SendUsersMessageRequest=PARAMETERS
        )
        renewed = fake.tokens
        machine.log_in()
        with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url) as pinpoint:
            for _ in range(3):
                pinpoint.send(message, ["u"]).raise_for_failures()
        keys = keys_of(peer)
        tokens = [b"x-amz-security-token" in head.lower() for head in peer.heads]
    assert len(keys) == 4
    assert len(set(tokens)) == 1
    assert renewed == fake.tokens == (way == "SSO session")
    if key.endswith("-"):
        assert all(found.startswith(key) for found in keys)
        # Each is renewed, and none used twice; those of a machine botocore itself uses for some minutes after their end.
        assert len(set(keys)) == (2 if key == "MACHINE-" else 4)
    else:
        assert keys == [key] * 4


@pytest.mark.parametrize("way", [way for way, (key, *_) in WAYS.items() if key.endswith("-")])
@pytest.mark.usefixtures("clock")
def test_renewed_in_mid_run_as_by_boto3(way, monkeypatch, tmp_path, fake, message):
    """What is good for an hour, in a run of which each request takes some twenty-five minutes."""
    machine = set_up(way, monkeypatch, tmp_path, fake)
    fake.seconds = 3600

    def take_long(body):
        fake.later += 1500
        return answer_to(body)

    used = []
    for run in (by_boto3, by_one_run, by_a_task):
        machine.log_in()
        with Peer(answers=take_long) as peer:
            run(f"http://127.0.0.1:{peer.port}", message)
            used.append([int(key.removeprefix(machine.key)) for key in keys_of(peer)])
    of_boto3, own, of_a_task = ([key - keys[0] for key in keys] for keys in used)
    assert own == of_a_task == of_boto3
    assert len(own) == 6
    assert 2 <= len(set(own)) <= 3


def by_boto3(url, _message):
    client = boto3.Session(region_name="eu-west-1").client("pinpoint", endpoint_url=url)
    for _ in range(6):
        client.send_users_messages(ApplicationId="app", SendUsersMessageRequest=PARAMETERS)


def by_one_run(url, message):
    with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url, concurrency=1) as pinpoint:
        pinpoint.send(message, [f"u-{number}" for number in range(600)]).raise_for_failures()


def by_a_task(url, message):
    async def main():
        async with AsyncPinpointUsers("app", region_name="eu-west-1", endpoint_url=url, concurrency=1) as pinpoint:
            (await pinpoint.send(message, [f"u-{number}" for number in range(600)])).raise_for_failures()

    asyncio.run(main())


def test_a_login_that_is_not_there(monkeypatch, tmp_path, fake):
    set_up("login", monkeypatch, tmp_path, fake)
    with pytest.raises(CredentialsError, match="reauthenticate with 'aws login'"):
        PinpointUsers("app", region_name="eu-west-1", endpoint_url=fake.url)


def test_credentials_that_are_incomplete(monkeypatch, fake):
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialsError, match="Partial credentials"):
        PinpointUsers("app", region_name="eu-west-1", endpoint_url=fake.url)
