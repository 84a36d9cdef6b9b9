"""Each example runs as it says, in a process of its own, with warnings as errors."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from ends_with_us import ends_with_us
from postgres_server import PostgresServer
from redis_server import RedisServer

from pinpoint_users.local import LocalPinpoint

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AWS_"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**environment, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_marketing_email_is_personal():
    out = run(str(EXAMPLES / "marketing_email.py"))
    assert out.startswith("214 users: 214 SUCCESSFUL\n")
    assert "To user002@example.com: Oma, the spring list is here\n\nDear Oma,\n\nyour last order was A-1006." in out
    assert "{{" not in out


def test_push_opens_a_page_on_each_device():
    assert run(str(EXAMPLES / "push_with_deep_link.py")).splitlines() == [
        "telephone: SUCCESSFUL",
        "tablet: SUCCESSFUL",
        "old: OPT_OUT",
        "APNS: Your basket: Green tea is waiting. -> shop://basket/b-7",
        "GCM: Your basket: Green tea is waiting. -> shop://basket/b-7",
    ]


def test_a_run_goes_on_where_it_was_stopped():
    stopped, runs, received = run(str(EXAMPLES / "resumable_run.py")).splitlines()
    assert stopped == "Stopped by AccessDeniedError. Run it again with the same journal."
    assert re.fullmatch(r"\d,\d00 messages, then \d,\d00: 10,000 users SUCCESSFUL", runs)
    assert received == "10,000 addresses got one message each, 0 more than one"


def test_an_export_becomes_messages_without_pinpoints_endpoints():
    imported, users, *rest = run(str(EXAMPLES / "after_pinpoint.py")).splitlines()
    assert imported == "575 endpoints imported, 5 of them older ones of the same address"
    assert re.fullmatch(r"250 users in \d+ SendMessages and \d+ SendBulkEmail:", users)
    assert rest == [
        "SUCCESSFUL     229 users",
        "PARTIAL         20 users",
        "FAILED           1 users",
        "not sent to     11 endpoints: Endpoint is inactive.",
        "not sent to     11 endpoints: User has opted out.",
        "EMAIL          214 messages",
        "GCM            154 messages",
        "SMS            185 messages",
        "553 addresses got 553 messages",
        "For example, user002@example.com got: Dear Oma, order A-1006 goes to Zürich.",
    ]


@pytest.mark.skipif(find_spec("sqlalchemy") is None, reason="SQLAlchemy isn't installed")
def test_an_applications_own_models_are_a_directory():
    assert run(str(EXAMPLES / "user_models.py")).splitlines() == [
        "d-3 is deleted",
        "u-1: SUCCESSFUL",
        "u-2: FAILED, NO_ENDPOINTS",
        "u-3: FAILED, DEAD_TOKEN",
    ]


def test_the_tests_of_the_example_pass():
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir", str(EXAMPLES), "-c", os.devnull]
    assert "4 passed" in run("-m", "pytest", *options, str(EXAMPLES / "testing_your_code.py"))


@pytest.mark.skipif(
    not (find_spec("fastapi") and find_spec("httpx2")), reason="FastAPI or what its test client needs isn't installed"
)
def test_the_tests_of_an_application_pass():
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "error", "--rootdir", str(EXAMPLES), "-c", os.devnull]
    assert "4 passed" in run("-m", "pytest", *options, str(EXAMPLES / "testing_an_app"))


@pytest.mark.parametrize("example", sorted(EXAMPLES.rglob("*.py")), ids=lambda path: path.name)
def test_an_example_says_what_it_is(example):
    assert example.read_text(encoding="utf-8").startswith('"""')


def test_an_own_user_table_is_a_directory():
    assert run(str(EXAMPLES / "own_user_table.py")).splitlines() == [
        "u-1 ['SMS NONE', 'EMAIL NONE']",
        "u-2 ['SMS ALL']",
        "u-3 []",
    ]


@pytest.mark.skipif(not (find_spec("fastapi") and find_spec("httpx2")), reason="FastAPI or httpx2 isn't installed")
def test_an_application_of_fastapi_sends_codes():
    assert run(str(EXAMPLES / "fastapi_app.py")).splitlines() == [
        "200 {'outcome': 'SUCCESSFUL'}",
        "502 {'detail': 'FAILED'}",
        "['Your code is 123456']",
    ]


@pytest.mark.skipif(find_spec("distributed") is None, reason="Dask's distributed isn't installed")
def test_partitions_that_are_computed_twice_send_to_nobody_twice():
    with PostgresServer.started() as server:
        assert run(str(EXAMPLES / "dask_partitions.py"), server.new_url()).splitlines() == [
            "SUCCESSFUL: 1,000",
            "1,000 addresses got one message each, 0 more than one",
            "not reached: []",
        ]


def test_an_audience_goes_out_by_a_worker_of_celerys():
    servers = PostgresServer.started(), RedisServer.started()
    with servers[0] as server, servers[1] as redis, LocalPinpoint() as local, local.serve() as service:
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"u-{number}"}} for number in range(1_500)
        )
        told = {"BROKER": redis.url, "JOURNAL": server.new_url(), "PINPOINT_APPLICATION_ID": local.application_id}
        environment = {**os.environ, **service.environment, **told, "AWS_ACCESS_KEY_ID": "made-up", "C_FORCE_ROOT": "1"}
        environment |= {"AWS_SECRET_ACCESS_KEY": "made-up", "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONUTF8": "1"}
        worker = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--concurrency=1", "--loglevel=WARNING"]
        with subprocess.Popen([*ends_with_us(), *worker], cwd=EXAMPLES, env=environment, stderr=subprocess.DEVNULL) as hired:
            try:
                command = [sys.executable, "-W", "error", "celery_app.py", "1500"]
                done = subprocess.run(command, cwd=EXAMPLES, env=environment, check=False, capture_output=True, text=True)
            finally:
                hired.terminate()
        assert done.stdout.splitlines() == ["1,500 users in 2 tasks", "SUCCESSFUL: 1,500"], done.stderr
        assert set(Counter(delivery.address for delivery in local.deliveries()).values()) == {1}
