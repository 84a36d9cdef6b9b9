"""`doctor`: each thing that it tries, what it says where that is refused, and nothing sent."""

from __future__ import annotations

import gzip
import json
import socket

import pytest
from account_service import AccountService, may, refusal, refusal_in_xml, who

QUOTA = {"SendQuota": {"MaxSendRate": 1.0, "Max24HourSend": 200.0}}
ENDPOINT = {"ChannelType": "SMS", "Address": "+12065550100", "User": {"UserId": "u-1"}, "Id": "e-1"}


@pytest.fixture
def account(monkeypatch, folder):
    """An account whose services are on loopback, found as boto3 finds them."""
    with AccountService() as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        yield service


@pytest.fixture
def doctor(command):
    """Runs `doctor`; the exit code, and its findings by name."""

    def run(*arguments):
        done = command("doctor", *arguments)
        assert done.err == ""
        return done.code, done.out.splitlines()

    return run


def test_all_is_well(account, doctor, aws):
    assert doctor("--application-id", "app-1") == (
        0,
        [
            "ok      Region: eu-west-1",
            "ok      credentials: account 123456789012, arn:aws:sts::123456789012:assumed-role/sender/somebody",
            "ok      application: app-1 is 'Shop'",
            "ok      permissions: allowed: mobiletargeting:SendMessages",
            "ok      e-mail (SES): 14 a second, 50,000 a day",
            "ok      SMS and voice: account tier PRODUCTION",
        ],
    )


def test_a_role_that_is_assumed_is_asked_for_by_its_own_name(account, doctor):
    assert doctor()[0] == 0
    [asked] = [each for each in account.asked if "SimulatePrincipalPolicy" in each]
    assert "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fsender&" in asked


def test_a_user_is_asked_for_as_it_is(account, doctor):
    account.answers["GetCallerIdentity"] = who("arn:aws:iam::123456789012:user/ann")
    assert doctor()[0] == 0
    [asked] = [each for each in account.asked if "SimulatePrincipalPolicy" in each]
    assert "arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fann&" in asked


def test_an_embedded_service_is_no_account_and_gets_nothing(aws, doctor, folder):
    code, lines = doctor("--application-id", "app-1", "--endpoint-url", aws.url)
    assert code == 0
    assert lines[:5] == [
        "ok      Region: eu-west-1",
        f"?       credentials: account unknown ({aws.url} is on this machine, and isn't asked)",
        "ok      application: app-1 is 'Local application'",
        "?       permissions: not asked, as it isn't known who sends",
        "ok      e-mail (SES): 100,000 a second, any number a day",
    ]
    assert lines[5].startswith("?       SMS and voice: NotImplementedException: ")
    assert lines[5].endswith("; an embedded service that hasn't got this: AWS has")
    assert aws.requests == {}
    assert aws.deliveries() == ()


def test_without_an_application_the_rest_is_tried(account, doctor):
    code, lines = doctor()
    assert code == 0
    assert "?       application: none was named; give --application-id" in lines
    assert len(lines) == 6


def test_json_has_the_findings(account, command):
    done = command("doctor", "--json")
    findings = json.loads(done.out)["findings"]
    assert [finding["name"] for finding in findings] == [
        "Region",
        "credentials",
        "application",
        "permissions",
        "e-mail (SES)",
        "SMS and voice",
    ]
    assert findings[0] == {"name": "Region", "state": "ok", "said": "eu-west-1", "remedy": ""}


def test_without_a_region_nothing_else_is_tried(account, doctor, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert doctor() == (3, ["FAILED  Region: none is set; give --region, or set AWS_DEFAULT_REGION"])
    assert account.asked == []


def test_the_region_may_be_given(account, doctor, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert doctor("--region", "eu-central-1")[1][0] == "ok      Region: eu-central-1"


def test_no_credentials(account, doctor, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, lines = doctor()
    assert code == 3
    assert lines[1].startswith("FAILED  credentials: Unable to locate credentials: set credentials as boto3 finds them")
    assert len(lines) == 2


def test_no_such_profile(account, doctor):
    code, lines = doctor("--profile", "absent")
    assert code == 3
    assert lines == [
        "FAILED  credentials: The config profile (absent) could not be found: "
        "check --profile, AWS_PROFILE and the AWS configuration files"
    ]


def test_credentials_that_have_expired(account, doctor):
    account.answers["GetCallerIdentity"] = refusal_in_xml(403, "ExpiredToken", "It expired")
    code, lines = doctor()
    assert code == 3
    assert lines[1:] == [
        "FAILED  credentials: ExpiredToken: It expired: the credentials aren't valid, or have expired: renew them"
    ]


def test_who_sends_may_stay_unknown(account, doctor):
    account.answers["GetCallerIdentity"] = refusal_in_xml(400, "Odd", "Not now")
    code, lines = doctor("--application-id", "app-1")
    assert code == 0
    assert lines[1] == "?       credentials: account unknown (Odd: Not now)"
    assert lines[2] == "ok      application: app-1 is 'Shop'"
    assert lines[3] == "?       permissions: not asked, as it isn't known who sends"


def test_a_network_that_is_down(account, doctor, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    code, lines = doctor("--application-id", "app-1")
    assert code == 3
    assert lines[1].startswith("?       credentials: account unknown (Could not connect to the endpoint URL")
    assert lines[2].startswith("FAILED  application: Could not connect")
    assert lines[2].endswith("check the network, and --endpoint-url if it is given")


def test_an_address_that_is_none(account, doctor):
    code, lines = doctor("--endpoint-url", "no address")
    assert code == 3
    assert lines[1] == (
        "FAILED  credentials: the endpoint URL in --endpoint-url, AWS_ENDPOINT_URL… or the AWS profile isn't one: write https://HOST"
    )


def test_a_service_whose_address_is_wrong_costs_its_own_line_only(account, doctor, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "no address")
    code, lines = doctor("--application-id", "app-1")
    assert code == 3
    assert [line[:6] for line in lines] == ["ok    ", "ok    ", "ok    ", "ok    ", "FAILED", "ok    "]
    assert "the endpoint URL in --endpoint-url, AWS_ENDPOINT_URL… or the AWS profile isn't one" in lines[4]


def test_an_address_that_is_none_is_not_shown_with_its_password(account, doctor):
    code, lines = doctor("--endpoint-url", "https://ann:secret@no host")
    assert code == 3
    assert "secret" not in "\n".join(lines)


def test_settings_that_cannot_be_read(account, doctor, folder, monkeypatch):
    (folder / "config").write_text("no section", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    code, [line] = doctor()
    assert code == 3
    assert line.startswith("FAILED  credentials: Unable to parse config file: ")
    assert line.endswith(": check --region, --endpoint-url and the AWS configuration files")


def test_settings_that_do_not_fit(account, doctor, monkeypatch):
    monkeypatch.setenv("AWS_RETRY_MODE", "often")
    code, lines = doctor()
    assert code == 3
    assert lines[1].startswith('FAILED  credentials: Invalid value provided to "mode"')


def test_a_login_that_has_ended(account, doctor, folder, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    profile = "[profile sso]\nsso_start_url = https://example.com\nsso_region = eu-west-1\nsso_account_id = 123456789012\n"
    (folder / "config").write_text(profile + "sso_role_name = sender\nregion = eu-west-1\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    code, lines = doctor("--profile", "sso")
    assert code == 3
    assert lines[1].startswith("FAILED  credentials: Error loading SSO Token")
    assert lines[1].endswith("such as by `aws configure` or `aws sso login`")
    assert len(lines) == 2


@pytest.mark.parametrize("page", ["<html>", "<html></html>", "[]"])
def test_a_page_of_a_proxy_instead_of_an_answer(account, doctor, page):
    account.answers = dict.fromkeys(account.answers, (200, page))
    code, lines = doctor("--application-id", "app-1")
    assert code == 3
    assert lines[1] == "?       credentials: account unknown (the answer can't be read, so it may not be AWS's)"
    assert [line[:6] for line in lines[2:]] == ["FAILED", "?     ", "FAILED", "FAILED"]
    account.answers["GetCallerIdentity"] = who()
    assert [line[:6] for line in doctor()[1][1:]] == ["ok    ", "?     ", "FAILED", "FAILED", "FAILED"]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (404, "FAILED  application: NotFoundException: no; look at `aws pinpoint get-apps` in this account and Region"),
        (403, "?       application: NotFoundException: no; allow mobiletargeting:GetApp, or go on without this check"),
        (400, "?       application: NotFoundException: no; ask again later"),
    ],
)
def test_an_application_that_is_refused(account, doctor, status, line):
    account.answers["/v1/apps/"] = refusal(status, "NotFoundException")
    code, lines = doctor("--application-id", "app-1")
    assert lines[2] == line
    assert code == (3 if status == 404 else 0)


def test_a_name_that_would_drive_the_terminal_is_shown(account, doctor):
    account.answers["/v1/apps/"] = refusal(404, "NotFoundException", "\x1b[2Jgone")
    assert r"NotFoundException: \e[2Jgone" in doctor("--application-id", "app-1")[1][2]


def test_what_is_not_allowed_is_told(account, doctor):
    account.answers["SimulatePrincipalPolicy"] = may(ses_SendEmail="implicitDeny", mobiletargeting_SendMessages="explicitDeny")
    code, lines = doctor()
    assert code == 3
    assert lines[3:5] == [
        "ok      permissions: allowed: none",
        "FAILED  permissions: not allowed: ses:SendEmail, mobiletargeting:SendMessages; "
        "allow those of the channels that you send by",
    ]


def test_permissions_that_may_not_be_asked_for(account, doctor):
    account.answers["SimulatePrincipalPolicy"] = refusal_in_xml(403, "AccessDenied")
    code, lines = doctor()
    assert code == 0
    assert lines[3] == "?       permissions: AccessDenied: no; allow iam:SimulatePrincipalPolicy to see them here"


@pytest.mark.parametrize(
    ("member", "remedy"),
    [
        ("SendingEnabled", "sending is paused: look at the SES console's account dashboard"),
        (
            "ProductionAccessEnabled",
            "the account is in the sandbox, so only verified addresses get e-mail: ask for production access",
        ),
    ],
)
def test_an_account_of_ses_that_sends_nothing_yet(account, doctor, member, remedy):
    account.answers["/v2/email/account"] = (200, json.dumps({**QUOTA, member: False}))
    code, lines = doctor()
    assert code == 3
    assert lines[4] == f"FAILED  e-mail (SES): 1 a second, 200 a day; {remedy}"


def test_a_sandbox_of_sms(account, doctor):
    attributes = [{"Name": "ACCOUNT_TIER", "Value": "SANDBOX"}]
    account.answers["DescribeAccountAttributes"] = (200, json.dumps({"AccountAttributes": attributes}))
    code, lines = doctor()
    assert code == 3
    assert lines[5] == (
        "FAILED  SMS and voice: account tier SANDBOX; only verified numbers get messages: ask for production access"
    )


def test_a_directory_whose_name_cannot_be_one(account, doctor):
    code, lines = doctor("--directory", "x" * 5_000)
    assert code == 3
    assert lines[-1].startswith("FAILED  directory: [Errno")


def test_the_directory_is_looked_at(account, doctor, command, folder):
    code, lines = doctor("--directory", "users.db")
    assert code == 3
    assert lines[-1].startswith("FAILED  directory: users.db: there is no such directory")
    (folder / "empty.gz").write_bytes(gzip.compress(b""))
    command("endpoints", "import", "--directory", "users.db", "empty.gz")
    assert doctor("--directory", "users.db")[1][-1] == (
        "FAILED  directory: users.db is empty; `pinpoint-users endpoints import --directory users.db FILE`"
    )
    (folder / "export").write_text(json.dumps(ENDPOINT), encoding="utf-8")
    command("endpoints", "import", "--directory", "users.db", "export")
    assert doctor("--directory", "users.db") == (0, [*lines[:-1], "ok      directory: users.db can be read"])


@pytest.mark.parametrize("directory", ["mysql://ann:secret@host/db", "postgresql://ann:secret@127.0.0.1:1/db"])
def test_no_password_of_a_directory_is_shown(account, doctor, directory):
    code, lines = doctor("--directory", directory)
    assert code == 3
    assert lines[-1].startswith("FAILED  directory: ")
    assert "secret" not in lines[-1]
