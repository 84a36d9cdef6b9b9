"""What the package offers, and what importing it costs."""

from __future__ import annotations

import importlib.util
import inspect
import os
import pydoc
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

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

IMPORTED = """
import sys
import pinpoint_users
print(sorted(name for name in sys.modules if name.startswith("pinpoint_users") or name == "attrs"))
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


def environment():
    """Where the package is found without `site`."""
    return {**os.environ, "PYTHONPATH": str(Path(inspect.getfile(p)).parent.parent)}


@pytest.fixture
def generator():
    path = Path(__file__).parent.parent.parent / "tools/generate_public_names.py"
    spec = importlib.util.spec_from_file_location("generate_public_names", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_is_the_sorted_list_of_public_names():
    public = {name for name in dir(p) if not name.startswith("_") and not isinstance(getattr(p, name), type(sys))}
    assert list(p.__all__) == sorted(p.__all__)
    assert set(p.__all__) == public


def test_what_is_imported_when_asked_for_is_there_like_the_rest():
    done = subprocess.run([sys.executable, "-c", ASKED_FOR], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["False", "True"], "")


def test_importing_the_package_imports_nothing_else():
    done = subprocess.run(
        [sys.executable, "-S", "-c", IMPORTED], capture_output=True, text=True, check=False, env=environment()
    )
    assert (done.stdout.strip(), done.stderr) == ("['pinpoint_users']", "")


def test_help_shows_every_name(monkeypatch):
    monkeypatch.setitem(vars(p), "__version__", "0")  # the package may not be installed
    text = pydoc.plain(pydoc.render_doc(p))
    assert [name for name in p.__all__ if name not in text] == []
    assert "class SMSMessage(" in text


def test_a_public_name_is_one_line_and_the_rest_is_generated(generator):
    source = Path(inspect.getfile(p)).read_text(encoding="utf-8")
    assert generator.generate(source) == source, "run nox -s generate"
    line = "    from pinpoint_users.errors import (\n"
    assert line in source
    changed = generator.generate(source.replace(line, f"    from pinpoint_users.new import Another\n{line}"))
    assert set(changed.splitlines()) - set(source.splitlines()) == {
        "    from pinpoint_users.new import Another",
        '    "Another",',
        '        "pinpoint_users.new": "Another",',
    }


def test_generating_writes_what_has_changed_and_only_that(generator, tmp_path, monkeypatch, capsys):
    source = Path(inspect.getfile(p)).read_text(encoding="utf-8")
    file = tmp_path / "__init__.py"
    file.write_text(source.replace('    "Fault",\n', ""), encoding="utf-8")
    monkeypatch.setattr(generator, "FILE", file)
    for written in (f"{file} written\n", ""):
        generator.main()
        assert file.read_text(encoding="utf-8") == source
        assert capsys.readouterr().out == written


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
