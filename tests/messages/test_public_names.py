"""What the package offers, and what importing it costs."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib.metadata import version

import pytest

import pinpoint_users as p

BUILD_AND_WRITE = """
import sys
import pinpoint_users as p

message = p.DirectMessageConfiguration.builder().sms_message(p.SMSMessage.builder().body("hi")).build()
request = p.SendUsersMessageRequest(message_configuration=message, users={"u": p.EndpointSendConfiguration()})
assert p.SendUsersMessageRequest.from_dict(request.to_dict()) == request
client = p.PinpointUsers
print(sorted({name.partition(".")[0] for name in sys.modules} & {"boto3", "botocore", "urllib3", "starlette", "uvicorn"}))
"""

ASKED_FOR = """
import pickle
import sys
import pinpoint_users as p

print("pinpoint_users.client" in sys.modules)
assert {*p.__all__, "__version__"} <= set(dir(p))
everything = {}
exec("from pinpoint_users import *", everything)
assert set(p.__all__) <= set(everything)
assert p.PinpointUsers is everything["PinpointUsers"] is sys.modules["pinpoint_users.client"].PinpointUsers
assert p.ResultStream is pickle.loads(pickle.dumps(p.ResultStream))
print("PinpointUsers" in vars(p))
"""


def test_all_is_the_sorted_list_of_public_names():
    public = {name for name in dir(p) if not name.startswith("_") and not isinstance(getattr(p, name), type(sys))}
    assert list(p.__all__) == sorted(p.__all__)
    assert set(p.__all__) == public


def test_what_is_imported_when_asked_for_is_there_like_the_rest():
    done = subprocess.run([sys.executable, "-c", ASKED_FOR], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["False", "True"], "")


def test_every_public_class_says_what_it_is():
    for name in p.__all__:
        value = getattr(p, name)
        if inspect.isclass(value) and value.__module__.startswith("pinpoint_users"):
            assert value.__doc__
            assert value.__doc__.splitlines()[0].endswith("."), name


def test_the_version_is_the_installed_ones():
    try:
        assert p.__version__ == version("pinpoint-users")
    except ModuleNotFoundError:
        pytest.skip("the package isn't installed")


def test_other_names_do_not_exist():
    with pytest.raises(AttributeError, match="has no attribute 'SMSMesage'"):
        p.SMSMesage  # noqa: B018 - looking it up is the test


def test_building_and_writing_messages_imports_no_boto3():
    done = subprocess.run([sys.executable, "-c", BUILD_AND_WRITE], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
