"""What an editor and `help()` show of a constructor: keywords with the types that callers may hand in, and plain defaults."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from unittest import mock

import attrs
import jedi
import pytest
from strategies import ANSWER_SHAPES, REQUEST_SHAPES

import pinpoint_users as p

SHAPES = REQUEST_SHAPES + ANSWER_SHAPES
ROOT = Path(p.__file__).parents[1]
each_class = pytest.mark.parametrize("cls", SHAPES, ids=lambda cls: cls.__name__)


@pytest.fixture(autouse=True, scope="module")
def _cache_of_this_process(tmp_path_factory):
    """jedi's cache of parsed files, which other processes would read while this one writes it."""
    with mock.patch.object(jedi.settings, "cache_directory", tmp_path_factory.mktemp("jedi")):
        yield


def shown_by_jedi(source):
    """The signature that jedi shows in a console or a notebook at the end of the source."""
    (signature,) = jedi.Interpreter(source, [vars(p)]).get_signatures()
    return signature


def test_python_shows_types_and_plain_defaults():
    assert str(inspect.signature(p.Template)) == "(*, name: str | None = None, version: str | None = None) -> None"
    assert str(inspect.signature(p.MessageHeader)) == ("(*, name: str | None = None, value: str | None = None) -> None")
    users = inspect.signature(p.SendUsersMessageRequest).parameters["users"]
    assert users.default is inspect.Parameter.empty
    assert "EndpointSendConfiguration]" in str(users)
    assert "bytes | StandardMessage | None" in str(inspect.signature(p.RawEmail))
    assert "max_attempts: int = 5" in str(inspect.signature(p.RetryPolicy))


@each_class
def test_python_and_the_editor_name_the_same_keywords(cls):
    parameters = inspect.signature(cls).parameters
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert list(parameters) == [field.name for field in attrs.fields(cls)]
    signature = shown_by_jedi(f"{cls.__name__}(")
    assert [parameter.name for parameter in signature.params] == list(parameters)
    for shown in signature.params:
        assert "attrs" not in shown.to_string()
        is_required = parameters[shown.name].default is inspect.Parameter.empty
        assert is_required is ("=" not in shown.to_string())


def test_the_editor_shows_types_and_words():
    signature = shown_by_jedi("SMSMessage(body='x', ")
    text = signature.to_string()
    assert text.startswith("SMSMessage(*, body: str | None=None, ")
    assert "'TRANSACTIONAL', 'PROMOTIONAL'" in text
    assert "A text message." in signature.docstring()


@pytest.mark.parametrize("cls", [*SHAPES, p.RetryPolicy], ids=lambda cls: cls.__name__)
def test_an_editor_that_does_not_run_the_code_shows_the_same(cls):
    source = f"import pinpoint_users\npinpoint_users.{cls.__name__}("
    (signature,) = jedi.Script(source, project=jedi.Project(ROOT, load_unsafe_extensions=False)).get_signatures()
    assert [parameter.name for parameter in signature.params] == list(inspect.signature(cls).parameters)
    assert {parameter.kind for parameter in signature.params} == {inspect.Parameter.KEYWORD_ONLY}
    assert "attrs" not in signature.to_string()
    assert "converter" not in signature.to_string()
    assert inspect.cleandoc(cls.__doc__).partition("\n")[0] in signature.docstring()


def test_the_editor_completes_keywords():
    completions = jedi.Interpreter("SMSMessage(origination", [{"SMSMessage": p.SMSMessage}]).complete()
    assert "origination_number=" in [completion.name_with_symbols for completion in completions]


def test_what_type_checkers_see_names_the_same_keywords():
    for cls in [*SHAPES, p.RetryPolicy]:
        tree = ast.parse(Path(inspect.getfile(cls)).read_text(encoding="utf-8"))
        (node,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__]
        (init,) = [node for node in ast.walk(node) if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
        assert [argument.arg for argument in init.args.kwonlyargs] == list(inspect.signature(cls).parameters)
        required = [
            argument.arg
            for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
            if default is None
        ]
        assert required == [field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING]
