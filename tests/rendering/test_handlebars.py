"""What Handlebars has in common with Pinpoint's language is rendered as a Handlebars library renders it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users._rendering.filling import Filler

handlebars = pytest.importorskip("pydantic_handlebars")

ORACLE = handlebars.HandlebarsEnvironment(auto_escape=True)
OWN = {"name": ["Ann"], "html": ['<a href="x">&\'`'], "empty": [""]}
ENDPOINT = {"User": {"UserId": "u-1", "Names": {"First": "Ann", "Last": "Lee"}}, "Metrics": {"visits": 3.0}, "On": True}
CONTEXT = {**{name: values[0] for name, values in OWN.items()}, **ENDPOINT, "Metrics": {"visits": 3}}

_names = st.sampled_from(["name", "html", "empty", "gone", "User.UserId", "User.Names.First", "Metrics.visits", "User.Gone.x"])
_outputs = _names.flatmap(
    lambda name: st.sampled_from([f"{{{{{name}}}}}", f"{{{{{{{name}}}}}}}", f"{{{{&{name}}}}}", f"{{{{ {name} }}}}"])
)
_texts = st.sampled_from(["a", " <b> ", "é\U0001f600", "{ ", " }", "-"])


def _blocks(inner):
    body = st.lists(inner, min_size=1, max_size=3).map("".join)
    blocks = [
        st.builds("{{{{#if {}}}}}{}{{{{else}}}}{}{{{{/if}}}}".format, _names, body, body),
        st.builds("{{{{#unless {}}}}}{}{{{{/unless}}}}".format, _names, body),
        st.builds("{{{{#if {}}}}}{}{{{{else if {}}}}}{}{{{{/if}}}}".format, _names, body, _names, body),
        # White space that belongs to a block's text, not to its neighbour's, the library trims too.
        st.builds("- {{{{~#if {}~}}}} {}- {{{{~/if~}}}} -".format, _names, _texts),
        st.just("{{#each User.Names}}{{@index}}{{@key}}={{this}}{{#unless @last}}, {{/unless}}{{/each}}"),
        st.just("{{#with User.Names}}{{First}} {{this.Last}}{{/with}}"),
        st.just("{{!-- {{name}} --}}{{! note }}"),
    ]
    return st.one_of(blocks)


@given(text=st.lists(st.recursive(_outputs | _texts, _blocks, max_leaves=8), max_size=6).map("".join))
def test_the_common_part_of_the_language(text):
    assert Filler(OWN, {}, ENDPOINT).fill_html(text) == ORACLE.render(text, CONTEXT)
