"""A service behind the transport's seam whose answers the tests write, with a clock that only moves when somebody waits."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from client.journals import USERS
from stopping import noticing_stops

from pinpoint_users import DirectMessageConfiguration, Journal, Operation, PinpointUsers, RetryPolicy, SMSMessage, Transport
from pinpoint_users._shapes import json_text as codec


class Service(Transport):
    """Keeps every request; each user has the endpoints `<user>-1` and `<user>-2` unless a test says otherwise."""

    def __init__(self) -> None:
        self.requests: list[tuple[Operation, dict[str, Any]]] = []
        self.delivered: dict[str, int] = {}
        self.failures: list[Exception | None] = []
        self.statuses: dict[str, list[str]] = {}
        self.endpoints: Callable[[str], list[str]] = lambda user_id: [f"{user_id}-1", f"{user_id}-2"]
        self.change: Callable[[dict[str, Any]], Any] = lambda answer: answer
        self.before_post: Callable[[int], None] = lambda number: None
        self.now = 1_000.0
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        with self._lock:
            request = json.loads(body)
            self.requests.append((operation, request))
            self.before_post(len(self.requests))
            failure = self.failures.pop(0) if self.failures else None
            if failure is not None:
                raise failure
            answer: dict[str, Any] = {"ApplicationId": application_id, "RequestId": f"r-{len(self.requests)}"}
            if operation == "SendUsersMessages":
                users = request["Users"]
                answer["Result"] = {user: {id_: self._deliver(id_) for id_ in self.endpoints(user)} for user in users}
            else:
                answer["EndpointResult"] = {id_: self._deliver(id_) for id_ in request["Endpoints"]}
            changed = self.change(answer)
            return changed if isinstance(changed, bytes) else json.dumps(changed).encode()

    def _deliver(self, endpoint_id: str) -> dict[str, Any]:
        script = self.statuses.get(endpoint_id, [])
        status = script.pop(0) if script else "SUCCESSFUL"
        if status == "SUCCESSFUL":
            self.delivered[endpoint_id] = self.delivered.get(endpoint_id, 0) + 1
        return {"DeliveryStatus": status, "StatusCode": 200 if status == "SUCCESSFUL" else 429, "Address": "+12065550100"}

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]

    @property
    def user_counts(self) -> list[int]:
        return [len(request["Users"]) for operation, request in self.requests if operation == "SendUsersMessages"]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def has_stopped() -> Iterator[threading.Event]:
    """Set as soon as a run has been stopped: from then on no further request of it goes out."""
    with noticing_stops() as has_stopped:
        yield has_stopped


@pytest.fixture(params=["orjson", "the standard library"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Reads and writes JSON with orjson and without."""
    if request.param == "orjson":
        pytest.importorskip("orjson")
    else:
        monkeypatch.setitem(sys.modules, "orjson", None)  # how Python itself marks a module as not to be had
    forget()
    yield request.param
    monkeypatch.undo()
    forget()


def forget() -> None:
    codec._writer.cache_clear()
    codec._reader.cache_clear()


@pytest.fixture(scope="session")
def new_service() -> type[Service]:
    return Service


@pytest.fixture(scope="session")
def message() -> DirectMessageConfiguration:
    return DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


@pytest.fixture(params=["file", "postgres"])
def kind(request):
    return request.param


@pytest.fixture
def journal(kind, tmp_path, request):
    if kind == "file":
        return Journal(tmp_path / "run.db")
    pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    return Journal(request.getfixturevalue("postgres_server").new_url(), run="parcels")


@pytest.fixture
def send(service, message, journal):
    def send(users=USERS, *, retry=RetryPolicy(base_delay=0.0), concurrency=1, journal=journal, message=message):  # noqa: B008 - frozen
        with PinpointUsers("app", transport=service, retry=retry, concurrency=concurrency) as pinpoint:
            return pinpoint.send(message, users, journal=journal)

    return send
