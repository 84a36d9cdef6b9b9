"""Celery's workers over Redis, of which one is killed again and again: nobody gets a message twice, and nobody is forgotten.

`nox -s workers` kills more often, in a larger run.
"""

from __future__ import annotations

import sys

import pytest
from faults.stage import Stage
from postgres_server import PostgresServer
from redis_server import RedisServer
from tasks.killing import kill_again_and_again

import pinpoint_users.celery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc")


def test_workers_that_are_killed(monkeypatch):
    monkeypatch.setattr(pinpoint_users.celery, "_USERS_PER_TASK", 250)
    with PostgresServer.started() as server, RedisServer.started() as redis, Stage(2_000, over_http=True) as stage:
        row = kill_again_and_again(
            stage,
            redis.url,
            server.new_url(),
            is_time=lambda kills: sum(stage.local.requests.values()) > 4 * (kills + 1),
            most=4,
            seed=1,
            answers_after=0.1,
            concurrency=1,
            lease=2.0,
            visibility_timeout=2,
        )
    assert row.is_clean, row
    assert row.kills == 4
