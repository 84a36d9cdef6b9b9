"""The builders that are committed are those that the fields give, and so would be those of shapes that we don't have yet."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pinpoint_users as p

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def committed():
    spec = importlib.util.spec_from_file_location("generate_builders", ROOT / "tools/generate_builders.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def generator(committed, monkeypatch, tmp_path):
    """The generator, with a package of one file."""
    monkeypatch.setattr(committed, "shape_files", lambda: [tmp_path / "shapes.py"])
    return committed


HEAD = """
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import instance_of, map_of, string, string_lists, string_map, strings, tuple_of
from pinpoint_users._shapes.shape import Shape
"""
TAG = '''

def _tags(value: list[Tag] | tuple[Tag, ...]) -> tuple[Tag, ...]:
    return tuple_of(value, Tag)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Tag(Shape):
    """A tag."""

    name: str = attrs.field(converter=string)
    """The tag's name."""
    value: str = attrs.field(converter=string)
    """The tag's value."""
'''
EMAIL = '''

def _tag(value: Tag) -> Tag:
    return instance_of(value, Tag)


def _drafts(value: list[Draft] | tuple[Draft, ...]) -> tuple[Draft, ...]:
    return tuple_of(value, Draft)


def _by_id(value: Mapping[str, Draft]) -> Mapping[str, Draft]:
    return map_of(value, Draft)


def _keyed(value: Mapping[str, Tag]) -> Mapping[str, Tag]:
    return map_of(value, Tag)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class _Common(Shape):
    """What all have."""

    default_tag: Tag = attrs.field(converter=_tag)
    """The first tag."""


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Draft(Shape):
    """What isn't sent yet."""

    text: str | None = attrs.field(default=None, converter=string)
    """Its text."""


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Email(_Common):
    """An e-mail."""

    to_addresses: tuple[str, ...] | None = attrs.field(default=None, converter=strings)
    """Who gets it."""
    tags: tuple[Tag, ...] | None = attrs.field(default=None, converter=_tags)
    """Its tags."""
    drafts: tuple[Draft, ...] | None = attrs.field(default=None, converter=_drafts)
    """What it was made of."""
    history: tuple[Draft, ...] | None = attrs.field(default=None, converter=_drafts)
    """What it once was."""
    replies: Mapping[str, Draft] | None = attrs.field(default=None, converter=_by_id)
    """What comes back."""
    keyed_tags: Mapping[str, Tag] | None = attrs.field(default=None, converter=_keyed)
    """Tags by their IDs."""
    attributes: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Its attributes."""
    extra: Mapping[str, str] | None = attrs.field(default=None, converter=string_map)
    """Whatever else there is."""

    @property
    def is_empty(self) -> bool:
        """What isn't a field."""
        return not self.drafts
'''


def made(generator, tmp_path, source):
    (tmp_path / "shapes.py").write_text(source, encoding="utf-8")
    generator.load.cache_clear()
    return generator.generate(tmp_path / "shapes.py")


def imported(tmp_path, source):
    (tmp_path / "shapes.py").write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shapes", tmp_path / "shapes.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["shapes"] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["shapes"]
    return module


def test_what_is_committed_is_what_the_fields_give(committed):
    files = committed.shape_files()
    assert {path.name for path in files} >= {"sms.py", "email.py", "request.py", "results.py"}
    for path in files:
        assert committed.generate(path) == path.read_text(encoding="utf-8"), "run nox -s generate"


def test_each_public_builder_is_generated(committed):
    text = "".join(path.read_text(encoding="utf-8") for path in committed.shape_files())
    assert text.count(committed.START) == text.count(committed.END) == len([n for n in p.__all__ if n.endswith("Builder")])


def test_generating_writes_what_has_changed_and_only_that(generator, tmp_path, capsys):
    path = tmp_path / "shapes.py"
    wanted = made(generator, tmp_path, HEAD + TAG)
    assert (path.read_text(encoding="utf-8"), "class TagBuilder(" in wanted) == (HEAD + TAG, True)
    for written in (f"{path} written\n", ""):
        generator.load.cache_clear()
        generator.main()
        assert path.read_text(encoding="utf-8") == wanted
        assert capsys.readouterr().out == written


def test_a_new_shape_has_the_methods_of_its_fields_and_its_adders(generator, tmp_path):
    shapes = imported(tmp_path, made(generator, tmp_path, HEAD + TAG + EMAIL))
    tag = shapes.Tag.builder(name="a", value="1")
    email = (
        shapes.Email.builder(default_tag=tag)
        .to_address("a@example.com")
        .tag("b", "2")
        .draft(shapes.Draft.builder().text("x"))
        .history_item(shapes.Draft())
        .reply("r-1")
        .reply("r-2", shapes.Draft(text="y"))
        .keyed_tag("t-1", tag)
        .attribute("colour", "red", "blue")
        .extra_entry("k", "v")
        .build()
    )
    assert email == shapes.Email(
        default_tag=tag.build(),
        to_addresses=["a@example.com"],
        tags=[shapes.Tag(name="b", value="2")],
        drafts=[shapes.Draft(text="x")],
        history=[shapes.Draft()],
        replies={"r-1": shapes.Draft(), "r-2": shapes.Draft(text="y")},
        keyed_tags={"t-1": tag.build()},
        attributes={"colour": ["red", "blue"]},
        extra={"k": "v"},
    )
    assert shapes.EmailBuilder.reply.__doc__ == "Adds a reply to `replies`, by default with an empty draft."
    assert shapes.EmailBuilder.attribute.__doc__.startswith("Adds an attribute to `attributes`: its name and its value")
    assert email.to_builder().build() == email
    assert not hasattr(shapes, "_CommonBuilder")


def test_a_changed_field_changes_its_builder(generator, tmp_path):
    before = made(generator, tmp_path, HEAD + TAG + EMAIL)
    after = made(generator, tmp_path, before.replace('"""Its text."""', '"""The text of it."""', 1))
    assert after == before.replace('"""Its text."""', '"""The text of it."""')
    assert made(generator, tmp_path, after) == after


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ('    """The tag\'s name."""\n', "", "name needs a docstring of one line under it"),
        ("The tag's name.", "The tag's\n    name.", "name needs a docstring of one line under it"),
        ("name: str = attrs.field(converter=string)", "name: str = attrs.field()", "name needs a converter"),
        ("name: str = attrs.field(converter=string)", "name: str = attrs.field(converter=str)", "name needs a converter"),
    ],
)
def test_what_is_missing_is_named_with_its_line(generator, tmp_path, right, wrong, problem):
    with pytest.raises(SystemExit, match=rf"shapes\.py:\d+: {problem}"):
        made(generator, tmp_path, HEAD + TAG.replace(right, wrong))


def test_the_formatter_leaves_what_is_generated_as_it_is(generator, tmp_path):
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff isn't installed; `nox -s lint` looks at what is committed")
    long = "AVeryVeryVeryVeryVeryVeryVeryLongTag"
    source = made(generator, tmp_path, HEAD + (TAG + EMAIL).replace("Tag", long)).replace(HEAD, "")
    command = [ruff, "format", "--isolated", "--line-length", "128", "--stdin-filename", "shapes.py", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    generated, formatted = (
        [part.partition(generator.END)[0] for part in text.split(generator.START)] for text in (source, done.stdout)
    )
    assert formatted[1:] == generated[1:]
    assert len(generated) == 4
