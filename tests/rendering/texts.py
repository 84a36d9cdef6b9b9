"""Generated texts with everything that the language has."""

from __future__ import annotations

from hypothesis import strategies as st

_NAMES = [
    "name",
    "code",
    "v1",
    "v2",
    "list.[1]",
    "[first-name]",
    "gone",
    "Address",
    "Id",
    "User.UserAttributes.Name",
    "Metrics.visits",
]
_NAMES += ["User.UserAttributes.Cities", "Attributes.plan.[0]", "Attributes.none", "Location.City", "a.b", "this", "else"]
_tags = st.sampled_from(_NAMES).flatmap(
    lambda name: st.sampled_from([f"{{{{{name}}}}}", f"{{{{{{{name}}}}}}}", f"{{{{~ {name} ~}}}}", f"{{{{& {name}}}}}"])
)
_others = st.sampled_from(
    [
        *(
            "{{#if name}}yes{{else}}no {{Id}}{{/if}}",
            "{{#each User.UserAttributes.Cities}}<{{this}}>{{/each}}",
            "{{upper name}}",
        ),
        *(
            "{{#with User}}{{UserId}}{{/with}}",
            "\\{{name}}",
            "{{!-- note --}}",
            "{{#if}}",
            "{{/if}}",
            "{{a b=}}",
            "{{",
            "}}",
            "{",
            "}",
        ),
        *(
            "\\",
            " ",
            "<b>&",
            "é\U0001f600",
            "{{join Attributes.plan '; '}}",
            "{{>part}}",
            "{{>defined}}",
            "{{#* inline 'defined'}}<{{name}} {{Id}}>{{/inline}}",
            "{{true}}",
            "{{{{raw}}}}{{name}}{{{{/raw}}}}",
            "{{now 'z' tz=Europe/Paris}}",
            "{{#gone}}",
            "{{/gone}}",
            "\n",
            '"',
            "'",
        ),
    ]
)
templates: st.SearchStrategy[str] = st.lists(_tags | _others | st.text("ab ", max_size=3), max_size=6).map("".join)
values: st.SearchStrategy[str] = st.sampled_from(["Ann", "", "<i>&\"'`=", "{{Id}}", "}}", "a b"]) | st.text(max_size=5)
