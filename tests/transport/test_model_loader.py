"""A client of our own reads what Pinpoint needs of botocore's data files, from where botocore looks, and keeps little of it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.loaders import Loader
from stopping import stopped_by

from pinpoint_users import ApplicationNotFoundError, PinpointUsers, RegionError
from pinpoint_users.local import LocalPinpoint

KEPT_ENDPOINTS = """
import gc
from pinpoint_users import PinpointUsers
pinpoint = PinpointUsers("app", region_name="eu-west-1")
gc.collect()
print(len([found for found in gc.get_objects() if isinstance(found, dict) and found.get("partition") == "aws-cn"]))
"""


@pytest.fixture
def data_path(tmp_path, monkeypatch):
    """A folder of the user's own, in which botocore looks first."""
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    return tmp_path


def test_other_services_are_not_looked_for(monkeypatch):
    listed, listdir = [], os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: listed.append(Path(folder)) or listdir(folder))
    with PinpointUsers("app", region_name="eu-west-1"):
        assert {folder.name for folder in listed} == {"pinpoint"}


def test_the_endpoints_of_all_services_are_not_kept():
    done = subprocess.run([sys.executable, "-c", KEPT_ENDPOINTS], capture_output=True, text=True, check=False)
    assert done.stdout == "0\n", done.stderr


@pytest.mark.parametrize(("ending", "opened"), [(".json", open), (".json.gz", gzip.open)])
def test_models_of_the_users_own_come_first(data_path, monkeypatch, message, ending, opened):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    model = Loader().load_service_model("pinpoint", "service-2")
    model["operations"]["SendUsersMessages"]["http"]["requestUri"] = "/v1/apps/{application-id}/elsewhere"
    folder = data_path / "pinpoint" / "2016-12-01"
    folder.mkdir(parents=True)
    with opened(folder / f"service-2{ending}", "wb") as file:
        file.write(json.dumps(model).encode())
    with (
        LocalPinpoint() as local,
        local.serve() as server,
        PinpointUsers("local-application", region_name="eu-west-1", endpoint_url=server.url) as pinpoint,
        stopped_by(ApplicationNotFoundError),
    ):
        pinpoint.send(message, ["u"])


def test_so_do_endpoints(data_path):
    endpoints = Loader().load_data("endpoints")
    for partition in endpoints["partitions"]:
        partition["services"]["pinpoint"] = {"endpoints": {}}
    endpoints["partitions"][0]["services"]["pinpoint"]["endpoints"]["eu-north-1"] = {}
    (data_path / "endpoints.json").write_text(json.dumps(endpoints), encoding="utf-8")
    with pytest.raises(RegionError, match="Pinpoint isn't offered in 'eu-west-1'; it is offered in eu-north-1"):
        PinpointUsers("app", region_name="eu-west-1")
    PinpointUsers("app", region_name="eu-north-1").close()


def test_a_folder_whose_files_cannot_be_looked_at_is_passed_over(data_path, monkeypatch):
    longest = os.pathconf(data_path, "PC_PATH_MAX") - len("/endpoints")  # with that, and an ending, no path may be
    folder = data_path
    while (room := longest - len(str(folder)) - 1) > 0:
        folder /= "x" * min(room, 200)
        folder.mkdir()
    monkeypatch.setenv("AWS_DATA_PATH", str(folder))
    PinpointUsers("app", region_name="eu-west-1").close()
