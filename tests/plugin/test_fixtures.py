"""The plugin in runs of pytest of its own: as it is installed, and in this process, where its branches are counted."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest

# Here already, so that the runs in this process use these modules, whose branches are counted, and import none anew.
import pinpoint_users.local._http
import pinpoint_users.local._protocol
import pinpoint_users.pytest_plugin  # noqa: F401 - likewise

PLUGINS = ("-p", "pinpoint_users.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")
SENDS = """
import boto3
import pytest
from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage

@pytest.fixture
def send(local_pinpoint):
    local_pinpoint.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
    with PinpointUsers(local_pinpoint.application_id) as pinpoint:
        yield lambda body: pinpoint.send(DirectMessageConfiguration(sms_message=SMSMessage(body=body)), ["u-1"])
"""


@pytest.fixture
def here(pytester, monkeypatch):
    """Runs pytest in this process, without the plugins that are installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(program, *arguments):
        pytester.makepyfile(program)
        return pytester.runpytest_inprocess(*PLUGINS, *arguments)

    return run


@pytest.fixture
def installed(pytester, monkeypatch):
    """Runs pytest in another process, with whatever is installed."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)

    def run(program, *arguments):
        pytester.makepyfile(program)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *arguments)

    return run


def test_each_test_has_an_application_of_its_own(here):
    seen = """
    ids = set()

    @pytest.mark.parametrize("number", range(3))
    def test_it(local_pinpoint, pinpoint_deliveries, send, number):
        assert local_pinpoint.application_id not in ids
        ids.add(local_pinpoint.application_id)
        assert not pinpoint_deliveries
        send(f"hello {number}")
        assert pinpoint_deliveries.to("u-1").sms().body == f"hello {number}"
        local_pinpoint.fail_next(500)
        local_pinpoint.limit_rate(1)

    def test_what_follows_on_pinpoint_finds_it_too(pinpoint_deliveries):
        texting, mail = boto3.client("pinpoint-sms-voice-v2"), boto3.client("sesv2")
        texting.send_text_message(DestinationPhoneNumber="+12065550100", MessageBody="text")
        content = {"Simple": {"Subject": {"Data": "subject"}, "Body": {"Text": {"Data": "mail"}}}}
        mail.send_email(FromEmailAddress="a@example.com", Destination={"ToAddresses": ["b@example.com"]}, Content=content)
        assert pinpoint_deliveries.at("+12065550100").sms().body == "text"
        assert pinpoint_deliveries.at("b@example.com").email().title == "subject"
        assert len(pinpoint_deliveries) == 2
        texting.close()
        mail.close()
    """
    here(SENDS + dedent(seen)).assert_outcomes(passed=4)


def test_the_environment_is_the_tests_and_then_as_before(here, monkeypatch):
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_USE_FIPS_ENDPOINT", "AWS_ENDPOINT_URL_S3", "NO_PROXY"):
        monkeypatch.setenv(name, "before")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    program = """
    import os

    def test_within(send, pinpoint_deliveries):
        assert {os.environ.get(name) for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_USE_FIPS_ENDPOINT")} == {None}
        assert os.environ["AWS_ENDPOINT_URL_SESV2"].startswith("http://127.0.0.1:")
        assert os.environ["AWS_ACCESS_KEY_ID"] == "made-up"
        assert os.environ["AWS_ENDPOINT_URL_S3"] == "before"
        assert (os.environ["NO_PROXY"], os.environ["no_proxy"]) == ("before,127.0.0.1", "127.0.0.1")
        send("hello")
        assert pinpoint_deliveries.body == "hello"

    def test_after():
        assert os.environ["AWS_PROFILE"] == os.environ["NO_PROXY"] == "before"
        assert "AWS_ENDPOINT_URL_SESV2" not in os.environ
        assert "no_proxy" not in os.environ
    """
    here(SENDS + dedent(program)).assert_outcomes(passed=2)


def test_a_test_that_fails_shows_its_own_line_and_what_came(here):
    program = """
    def test_it(pinpoint_deliveries, send):
        send("hello")
        send("again")
        assert pinpoint_deliveries.to("u-1").sms().body == "hello"
    """
    result = here(SENDS + dedent(program))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '>       assert pinpoint_deliveries.to("u-1").sms().body == "hello"',
            "E       pinpoint_users.local.DeliveryAssertionError: expected 1 SMS to 'u-1', and there are 2. What came:",
            "E          channel  user   address         title  body",
            "E       >  SMS      'u-1'  '+12065550100'  -      'hello'",
            "E       >  SMS      'u-1'  '+12065550100'  -      'again'",
        ]
    )
    result.stdout.no_fnmatch_line("*_deliveries.py:*")


def test_another_text_is_compared_by_pytest(here):
    program = """
    def test_it(pinpoint_deliveries, send):
        send("hello")
        assert pinpoint_deliveries.to("u-1").sms().body == "hallo"
    """
    result = here(SENDS + dedent(program))
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert 'hello' == 'hallo'",
            "E         - hallo",
            "E         + hello",
        ]
    )


@pytest.mark.parametrize("module", ["starlette", "uvicorn"])
def test_without_the_extra_the_error_names_it(here, monkeypatch, module):
    for name in ("_http", "_protocol"):
        monkeypatch.delitem(sys.modules, f"pinpoint_users.local.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    result = here("def test_it(pinpoint_deliveries): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*the fixture local_pinpoint has an HTTP server, and * the extra `local`*LocalPinpoint().client()*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_pytest_finds_it_by_itself(installed):
    program = """
    def test_it(send, pinpoint_deliveries):
        send("hello")
        assert pinpoint_deliveries.to("u-1").sms().body == "hello"
    """
    result = installed(SENDS + dedent(program), "--disable-socket", "--allow-hosts=127.0.0.1")
    result.assert_outcomes(passed=1)


def test_workers_of_xdist_have_a_server_each(installed, pytester):
    program = """
    import os, pathlib

    @pytest.mark.parametrize("number", range(6))
    def test_it(local_pinpoint, send, pinpoint_deliveries, number):
        send(str(number))
        assert pinpoint_deliveries.within(5).to("u-1").sms().body == str(number)
        boto3.client("pinpoint-sms-voice-v2").send_text_message(DestinationPhoneNumber="+12065550100", MessageBody="text")
        assert len(pinpoint_deliveries) == 2
        port = os.environ["AWS_ENDPOINT_URL_PINPOINT"].split("/")[2]
        pathlib.Path(f"{os.environ['PYTEST_XDIST_WORKER']}-{number}").write_text(port)
    """
    # A client that botocore keeps open is boto3's, so its sockets are no error here.
    result = installed(SENDS + dedent(program), "-n", "2", "-W", "default")
    result.assert_outcomes(passed=6)
    ports = [{path.read_text() for path in pytester.path.glob(f"gw{number}-*")} for number in range(2)]
    assert [len(each) for each in ports] == [1, 1]
    assert ports[0] != ports[1]


def test_a_child_process_finds_it(here):
    program = """
    import subprocess, sys

    def test_it(local_pinpoint, pinpoint_deliveries):
        local_pinpoint.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        program = (
            "import sys; from pinpoint_users import *;"
            "message = DirectMessageConfiguration(sms_message=SMSMessage(body='hello'));"
            "PinpointUsers(sys.argv[1]).send(message, ['u-1'])"
        )
        with subprocess.Popen([sys.executable, "-c", program, local_pinpoint.application_id]):
            assert pinpoint_deliveries.within(30).to("u-1").sms().body == "hello"
    """
    here(dedent(program)).assert_outcomes(passed=1)


def test_a_run_that_uses_none_of_it_imports_none_of_it(installed):
    program = """
    import sys

    def test_it(request):
        assert request.config.pluginmanager.has_plugin("pinpoint_users")
        ours = {name for name in sys.modules if name.partition(".")[0] in {"pinpoint_users", "boto3", "botocore", "attrs"}}
        assert ours == {"pinpoint_users", "pinpoint_users.pytest_plugin"}
    """
    installed(dedent(program), "-p", "no:hypothesispytest", "-p", "no:anyio").assert_outcomes(passed=1)
