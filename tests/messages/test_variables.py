"""Which `{{variables}}` a text takes from substitutions."""

from __future__ import annotations

import pytest

from pinpoint_users._shapes.placeholders import literal, variable_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no variable", set()),
        ("{{code}}", {"code"}),
        ("{{ code }} and {{{name}}}{{code}}", {"code", "name"}),
        ("{{first_name}} {{order-id}} {{Größe}} {{1st}}", {"first_name", "order-id", "Größe", "1st"}),
        ("{{true}}{{false}}{{null}}{{undefined}} {{12}} {{-1.5}} {{'a b'}} {{\"c\"}} {{{12}}} {{&true}}", set()),
        ("{{{{raw}}}} {{a}} {{#if}} {{{{/raw}}}}{{b}}{{{{ x y }}}}{{{{/x}}}}", {"b"}),
        ("{{{{raw}}}} {{a}}", set()),
        ("{{[12]}} {{[true]}}", {"12", "true"}),
        ("{{User.UserAttributes.Name}} {{Attributes.x}} {{Address.[0]}}", set()),
        (
            "{{#if vip}}gold{{else}}{{tier}}{{/if}} {{this}} {{^x}}{{y}}{{/x}} {{>part}} {{&z}} {{! a note }}{{!-- {{n}} --}}",
            {"z"},
        ),
        ("{{Address}} {{Id}} {{ChannelType}} {{OptOut}} {{uuid}} {{now}} {{@index}}", set()),
        ("{{~name~}} {{[first-name]}} {{last.[0]}} \\{{text}} \\\\{{filled}}", {"name", "first-name", "last", "filled"}),
        ("{{#each items as |it|}}{{it}}{{/each}}{{#with a}}{{b}}{{/with}}", set()),
        ("{{#if open}} {{name}}", set()),
        ("{{name}}{{/if}}", set()),
        ("{{#if a}}{{/unless}} {{name}}{{else}}", set()),
        ("{{else}}", set()),
        ("{{upper name}} {{a b}} {{}} {{ }} {single} {{open", set()),
        ('{"title": "{{title}}", "data": {"a": {}}}', {"title"}),
    ],
)
def test_the_names_that_a_text_takes(text, names):
    assert variable_names(text) == names


def test_the_text_without_its_variables():
    assert literal("Hi {{name}}, {{{code}}}!") == "Hi , !"
    assert literal("{{a}}{{b") == "{{b"
    assert literal("{{a\nb}}c") == "c"
