"""What holds for all tests: nothing of the machine's settings, nothing left open, and how many examples hypothesis makes.

Those are few and the same ones in every run, unless HYPOTHESIS_PROFILE=thorough asks for more; `mutation` takes the same ones
and doesn't look for a simpler one where one fails.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from machine import forget_settings
from postgres_server import PostgresServer

pytest_plugins = ["pytester"]

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]  # a whole request is a large thing to generate

settings.register_profile("fast", max_examples=25, deadline=None, derandomize=True, suppress_health_check=_SLOW_IS_FINE)
settings.register_profile("thorough", max_examples=1_000, deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.register_profile("mutation", settings.get_profile("fast"), phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

forget_settings()
# A process that was started in the background, or by nohup, may have been told to ignore it, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored by who began the tests with nohup


_TESTS = Path(__file__).parent
_SLOW = (
    "aws_lambda",
    "client/test_end_to_end.py",
    "client/test_interrupts.py",
    "client/test_many_workers.py",
    "cli/test_command_line.py",
    "cli/test_doctor.py",
    "cli/test_paths.py",
    "cli/test_plan.py",
    "cli/test_refused_input.py",
    "cli/test_resuming.py",
    "cli/test_resuming_command.py",
    "cli/test_resuming_refused.py",
    "cli/test_sending.py",
    "cli/test_terminal.py",
    "compatibility",
    "directory/test_stores.py",
    "faults",
    "fuzz",
    "inbox/test_browser.py",
    "inbox/test_injection.py",
    "journal/test_interface.py",
    "journal/test_model.py",
    "local/test_aws_cli.py",
    "local/test_clients.py",
    "local/test_killed.py",
    "messages/test_generated.py",
    "messages/test_signatures.py",
    "plugin",
    "rate",
    "tasks",
    "test_benchmarks.py",
    "test_docs.py",
    "test_examples.py",
    "transport/test_boto3.py",
    "transport/test_credentials.py",
    "transport/test_exchange.py",
    "transport/test_failures.py",
    "transport/test_fast_path_taken.py",
    "transport/test_fork.py",
    "transport/test_unasked_answers.py",
)
"""Files and folders whose tests start servers, browsers, terminals and child processes, or meet each fault many times."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Random messages are often pointless; not in pyproject.toml, which would import the package before its branches count."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("ignore::pinpoint_users.errors.MessageWarning"))
        if item.path.relative_to(_TESTS).as_posix().startswith(_SLOW):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What has been imported and collected stays to the end: the garbage collector needn't look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of its own, for all tests of a process."""
    with PostgresServer.started() as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    """Sockets and files that a module's tests forgot to close are found here, and fail the last of them."""
    yield
    gc.collect()
