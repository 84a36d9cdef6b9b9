"""The pieces of the benchmarks work: the server answers, each side sends and reads. No test says how fast anything is."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT))  # behind what is installed

from benchmarks import command_line  # noqa: E402
from benchmarks.audience import batches, rows  # noqa: E402 - which lies beside the tests, and is never installed
from benchmarks.local_service import GOALS, Server, measure  # noqa: E402
from benchmarks.measures import MEASURES, PEERS  # noqa: E402
from benchmarks.processes import Child, SideMissingError, Stub, environment  # noqa: E402
from benchmarks.scale import CONCURRENCY, WAYS, Way, simulate  # noqa: E402
from benchmarks.sides import SIDES, connect  # noqa: E402
from benchmarks.sides.plain_boto3 import request_for  # noqa: E402
from benchmarks.table import Goal, Row, markdown, plain  # noqa: E402
from benchmarks.timing import described, ratio, take_turns  # noqa: E402


@pytest.fixture(scope="module")
def stub():
    with Stub() as stub:
        yield stub


@pytest.fixture
def connection(stub):
    connection = http.client.HTTPConnection(stub.url.removeprefix("http://"))
    yield connection
    connection.close()


def post(connection, operation, body):
    connection.request("POST", f"/v1/apps/app-1/{operation}", body if isinstance(body, bytes) else json.dumps(body))
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def users_served(connection):
    connection.request("GET", "/stats")
    return json.load(connection.getresponse())["users"]


def test_the_stub_answers_for_the_users_it_was_sent(connection):
    first, second = batches(1_234, 200)
    for batch in (first, second):  # on one connection
        status, answer = post(connection, "users-messages", request_for(batch))
        assert (status, answer["ApplicationId"]) == (200, "app-1")
        assert list(answer["Result"]) == [user_id for user_id, *_ in batch]
    assert all(len(endpoints) == 2 for endpoints in answer["Result"].values())
    results = [endpoint for endpoints in answer["Result"].values() for endpoint in endpoints.values()]
    assert {endpoint["DeliveryStatus"] for endpoint in results} == {"SUCCESSFUL"}
    assert 44_000 < len(json.dumps(answer)) < 50_000


def test_the_stub_reads_json_without_spaces_too(connection):
    body = json.dumps(request_for(rows(7, 2)), separators=(",", ":")).encode()
    assert list(post(connection, "users-messages", body)[1]["Result"]) == ["u-0000007", "u-0000008"]


def test_the_stub_answers_for_endpoints(connection):
    _, answer = post(connection, "users-messages", request_for(rows(0, 3)))
    ids = [endpoint_id for endpoints in answer["Result"].values() for endpoint_id in endpoints]
    status, answer = post(connection, "messages", {"Endpoints": dict.fromkeys(ids)})
    assert (status, list(answer["EndpointResult"])) == (200, ids)


def test_the_stub_can_be_far_away():
    with Stub(delay=0.05) as far:
        connection = http.client.HTTPConnection(far.url.removeprefix("http://"))
        began = time.monotonic()
        assert post(connection, "users-messages", request_for(rows(0, 1)))[0] == 200
        assert time.monotonic() - began >= 0.05
        connection.close()


def test_the_stub_refuses_what_it_cannot_answer(connection):
    assert post(connection, "users-messages", {"Users": {"somebody": {}}})[0] == 400
    assert post(connection, "segments", request_for(rows(0, 1)))[0] == 400


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("side", SIDES)
def test_each_side_sends_to_all_users_and_reads_all_results(stub, connection, monkeypatch, side, concurrency):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    try:
        client = connect(side, stub.url, concurrency)
    except ModuleNotFoundError as error:
        assert side in PEERS
        pytest.skip(str(error))
    except ValueError:
        assert concurrency == 8
        assert side in {"floor", "ours, send_users_messages"}
        return
    before = users_served(connection)
    assert client.send_many(0, 200) == 400
    assert client.send_one(17) == 2
    client.close()
    assert users_served(connection) == before + (0 if " to " in side or " by a " in side else 201)


def test_a_child_measures_a_side_with_and_without_a_module(stub):
    with Child("ours", stub.url, without=["orjson"]) as child:
        assert child.versions["pinpoint-users"]
        assert not child.has_orjson
        assert child.many(200)["cpu"] > 0
        assert child.one(2) > 0
        assert child.peak() > 10_000_000


def test_a_side_that_is_not_installed_says_so(stub):
    with pytest.raises(SideMissingError, match="botocore"):
        Child("floor", stub.url, without=["botocore"])


def test_the_command_prints_the_table_and_writes_it(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", "build", "--results", str(tmp_path / "results.md")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment(), encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "build 100 frozen users" in done.stdout
    page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "| build 100 frozen users" in page
    assert " CPUs; pinpoint-users " in page
    assert "with json" in page


def test_the_readme_tells_of_every_measure():
    readme = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert [name for name in MEASURES if f"`{name}`" not in readme] == []
    assert [peer for peer in PEERS if peer not in readme] == []


def test_the_load_of_the_embedded_service_is_measured():
    with Server() as server:
        loads = [measure(server, users, 0.3) for users in GOALS]
    for load in loads:
        assert load.requests > 0
        assert load.per_second > 0
        assert f"{load.users} users a request" in str(load)
        assert len(load.memory) == 10
    assert server.max_deliveries == 100_000


def test_the_command_line_is_measured_beside_a_program(capsys):
    command_line.measure(500, 1)
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == ["500 users", "CPU time", "memory"]
    assert all("command" in line and "program" in line for line in said)


def test_sides_take_turns_forwards_and_backwards():
    order = []
    samples = take_turns({"a": lambda: order.append("a") or 2.0, "b": lambda: order.append("b") or 1.0}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert ratio(samples, "a", "b") == 2.0
    assert described(samples, "ms", 1_000) == "a 2000 ms (2000 to 2000); b 1000 ms (1000 to 1000)"


def test_the_table_judges_by_the_first_variant_and_tells_of_the_others():
    variants = ["with orjson", "with json"]
    rows = [
        Row("faster", Goal("≥", 3.0), {"with orjson": 3.0, "with json": 2.9}),
        Row("lighter", Goal("≤", 60, " ms"), {"with orjson": 61.0}, unit=" ms"),
        Row("ahead", Goal(">", 1.0), {"with orjson": 1.0, "with json": 1.1}),
        Row("alone", Goal("≤", 1.0), {"with orjson": 0.5}, fails=True),
        Row("absent", Goal("≤", 1.0), remark="not measured"),
        Row("for information", None, {"with orjson": 0.5}),
        Row("without", Goal("≥", 2.8), {"with json": 2.9}),
    ]
    assert [row.met(variants) for row in rows] == [
        "yes, but not with json",
        "**no**",
        "**no**, but with json",
        "**no**",
        "",
        "",
        "yes",
    ]
    assert "| lighter | ≤ 60 ms | 61 ms |  | **no** |" in markdown(rows, variants).splitlines()
    assert "absent (not measured)" in plain(rows, variants)


@pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
def test_a_worker_that_is_lost_costs_nobody_a_second_message(way: Way) -> None:
    way = attrs.evolve(way, part=way.part * 20)
    run = simulate(way, 1.5)
    assert run.lost_workers == 1
    assert 0 < run.unknown <= CONCURRENCY * way.users_a_request
    assert (run.twice, run.untrue) == (0, 0)
    assert run.users * way.part == pytest.approx(way.users_per_second * 90, rel=0.02)
