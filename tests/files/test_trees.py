from __future__ import annotations

import json
import sys

import pytest
from documents import toml, yaml
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users._files.faults import FileFaultsError
from pinpoint_users._files.json_tree import read_json_text
from pinpoint_users._files.toml_tree import read_toml
from pinpoint_users._files.trees import dotted
from pinpoint_users._files.yaml_tree import read_yaml

keys = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(["a", "b-c", "d.e", "true", "1", "<"])
scalars = st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(codec="utf-8"), max_size=6)
values = st.recursive(
    scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3), max_leaves=8
)
documents = st.dictionaries(keys, values, max_size=4)


def said(read, text):
    with pytest.raises(FileFaultsError) as raised:
        read("m", text)
    return [str(fault) for fault in raised.value.faults]


@given(documents)
def test_values_are_those_that_were_written(document):
    assert read_yaml("m", yaml(document)).value == document
    assert read_toml("m", toml(document)).value == document
    for indent in (None, 1):
        text = json.dumps(document, indent=indent)
        assert read_json_text("m", text).value == json.loads(text) == document


@given(
    st.recursive(
        scalars | st.floats() | st.none(), lambda below: st.lists(below) | st.dictionaries(st.text(), below), max_leaves=8
    ),
    st.sampled_from([None, 0, 2]),
)
def test_json_is_that_of_the_standard_library(value, indent):
    text = json.dumps(value, indent=indent)
    assert repr(read_json_text("m", text).value) == repr(json.loads(text))


@given(documents.filter(bool))
def test_lines_are_those_of_the_keys(document):
    text = json.dumps(document, indent=1)
    tree = read_json_text("m", text)
    written = text.split("\n")
    for path, line in tree.lines.items():
        if path and isinstance(path[-1], str):
            assert written[line - 1].strip().startswith(json.dumps(path[-1]))
    text = yaml(document)
    tree = read_yaml("m", text)
    for key in document:
        assert text.split("\n")[tree.line_of((key,)) - 1].startswith('"')
    text = toml(document)
    assert [read_toml("m", text).line_of((key,)) for key in document] == [*range(1, len(document) + 1)]


def test_toml_lines_through_tables_strings_and_lists():
    text = '''\
title = "x" # [no]
"quoted key".b = 1

[sms_message] # here
body = """a
[b]
c = \\"""
d = 1"""
other = \'\'\'
[e]\'\'\'
k.x = "#"
[[h]]
n = 1
[[h]]
n = [
  1, # ]
  {x = "]"},
]
after = 1
[[h.i]]
z = 1
[h.j]
y = """x"""
'''
    tree = read_toml("m", text)
    lines = {
        ("title",): 1,
        ("quoted key", "b"): 2,
        ("sms_message",): 4,
        ("sms_message", "body"): 5,
        ("sms_message", "other"): 9,
        ("sms_message", "k", "x"): 11,
        ("h", 0): 12,
        ("h", 0, "n"): 13,
        ("h", 1): 14,
        ("h", 1, "n", 1, "x"): 15,
        ("h", 1, "after"): 19,
        ("h", 1, "i", 0, "z"): 21,
        ("h", 1, "j", "y"): 23,
        ("nowhere",): 1,
    }
    assert {path: tree.line_of(path) for path in lines} == lines


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "a: 1",
            "m:1: isn't TOML (Expected '=' after a key in a key/value pair): TOML writes key = value; "
            "a file in YAML is named .yaml",
        ),
        ("a = ", 'm:1: isn\'t TOML (Invalid value): a text is written in quotes, key = "text", and several lines in """…"""'),
        ('a = """x\n\n', None),
        ("a = " + "[" * 5_000, None),
        ("a = 1\na = 2", None),
    ],
)
def test_what_is_no_toml(text, problem):
    (first,) = said(read_toml, text)
    assert first.startswith("m:")
    assert problem is None or first.replace('"="', "'='") == problem  # as older releases of tomli quote it


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{'a': 1}",
            "m:1: isn't JSON (Expecting property name enclosed in double quotes, column 2): JSON takes double quotes, commas "
            "between members and no comma at the end, and no comments",
        ),
        ('{"a": 1,\n "a": 2}', "m:2: a: is there twice, first in line 1: take one out"),
        ('{"x": [{"a": 1,\n "a": 2}]}', "m:2: x[0].a: is there twice, first in line 1: take one out"),
        ("[" * 60 + "]" * 60, "m:1: is nested more than 50 levels deep"),
        ("[" * 100_000, "m:1: is nested too deeply, or has a number that is too long"),
        ("9" * 5_000, "m:1: is nested too deeply, or has a number that is too long"),
    ],
)
def test_what_is_no_json(text, problem):
    assert said(read_json_text, text) == [problem]


QUOTES = 'a text with ": " or " #" in it, or that begins with a sign, is written in quotes'


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a:\n\tb: 1\n", ["m:2: has a tab before its key: YAML is indented by spaces"]),
        ("a:\n  b: 1\n  \tc: 1\n", ["m:3: has a tab before its key: YAML is indented by spaces"]),
        ("a: b: c\n", [f"m:1: isn't YAML (mapping values are not allowed here): {QUOTES}"]),
        ("a: |\n  x\n  \ty\nb: c: d\n", [f"m:4: isn't YAML (mapping values are not allowed here): {QUOTES}"]),
        ("a: {{b}}\n", ["m:1: a: has a key that is no text: write it in quotes"]),
        ("a: \x1b[2J", [f"m: isn't YAML (unacceptable character #x001b: special characters are not allowed): {QUOTES}"]),
        ("a: 1\na: 2\n", ["m:2: a: is there twice, first in line 1: take one out"]),
        ("x:\n  <<: {b: 1}\n", ["m:2: x: merges another mapping: write its members out"]),
        (
            "a: !!python/object:os.x 1\n",
            ["m:1: a: has the tag tag:yaml.org,2002:python/object:os.x: only plain values are taken"],
        ),
        ("a: !!binary aGk=\n", ["m:1: a: has the tag tag:yaml.org,2002:binary: only plain values are taken"]),
        ("a: &a [*a]\n", ["m:1: is too large once its aliases are followed, or nested too deeply: write it out"]),
        ("a: 1\n---\nb: 2\n", [f"m:2: isn't YAML (but found another document): {QUOTES}"]),
        ("[" * 3_000, ["m:1: is nested too deeply"]),
    ],
)
def test_what_is_no_yaml(text, problems):
    assert said(read_yaml, text) == problems


def test_aliases_that_multiply_are_refused():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 9)
    )
    (problem,) = said(read_yaml, bomb)
    assert "is too large once its aliases are followed" in problem


def test_yaml_is_of_version_1_2():
    text = "a: no\nb: [~, yes, true, False, 0x1f, 0o17, -1_000, 1.5, .inf, -.INF, 2026-01-02, 012]\nc: !!int x\nd:\n"
    inf = float("inf")
    value = {"a": "no", "b": [None, "yes", True, False, 31, 15, -1000, 1.5, inf, -inf, "2026-01-02", 12], "c": "x", "d": None}
    assert read_yaml("m", text).value == value
    assert read_yaml("m", "").value is None
    assert read_yaml("m", '"<<": 1').value == {"<<": 1}


def test_yaml_needs_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "ruamel.yaml", None)
    (fault,) = said(read_yaml, "a: 1")
    assert fault == "m: is YAML, which needs ruamel.yaml, of the extra `cli`: in a clone, pip install '.[cli]'; or write TOML"


def test_paths_are_written_with_quotes_where_they_need_them():
    assert dotted(("a", 0, "b.c", "d-e")) == "a[0]['b.c'].d-e"
    assert dotted(("a b",)) == "['a b']"
