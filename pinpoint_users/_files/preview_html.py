"""A preview as one page that needs nothing else, and in which nothing of the message runs."""

from __future__ import annotations

from html import escape

from pinpoint_users._files.preview import NOBODY, ChannelPreview, Preview, ends_of, sms_line

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'none'; base-uri 'none'"
_IN_FRAME = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
section { border: 1px solid #8888; border-radius: .5rem; margin: 1rem 0; padding: 0 1rem 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; letter-spacing: .05em; }
pre { white-space: pre-wrap; font: inherit; background: #8881; border-radius: .5rem; padding: .5rem .75rem; margin: .5rem 0; }
iframe { width: 100%; height: 24rem; border: 1px solid #8888; border-radius: .5rem; background: white; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dd { margin: 0; }
.missing { color: #b45309; }
"""


def preview_page(preview: Preview) -> str:
    """The page. E-mail's HTML stands in a frame without scripts, forms, origin or network, so that its images aren't loaded."""
    user = _shown(preview.user_id)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">',
        f"<title>Message to {user}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Message to {user}</h1>",
        *(_section(channel) for channel in preview.channels),
        *(f"<section><h2>Template</h2><p>{_shown(kind)}: {_shown(name)}</p></section>" for kind, name in preview.templates),
        *([] if preview.channels or preview.templates else [f"<p>{NOBODY}</p>"]),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _section(channel: ChannelPreview) -> str:
    parts = [f"<section><h2>{_shown(channel.channel)}</h2>"]
    if ends := ends_of(channel):
        parts.append(_listed(ends))
    if channel.title is not None:
        parts.append(f"<p><strong>{_shown(channel.title)}</strong></p>")
    if channel.headers:
        parts.append(_listed(channel.headers))
    if channel.body is not None:
        parts.append(f"<pre>{_shown(channel.body)}</pre>")
    if channel.html is not None:
        parts.append(
            f'<iframe sandbox="" referrerpolicy="no-referrer" title="HTML" srcdoc="{_shown(_framed(channel.html))}"></iframe>'
        )
    if channel.raw_content is not None:
        parts.append(f"<pre>{_shown(channel.raw_content)}</pre>")
    if channel.sms is not None:
        parts.append(f"<p>{_shown(sms_line(channel.sms))}</p>")
    if channel.details:
        parts.append(_listed(channel.details))
    if channel.missing:
        parts.append(f'<p class="missing">No value here: {_shown(", ".join(channel.missing))}</p>')
    return "\n".join([*parts, "</section>"])


def _framed(html: str) -> str:
    return f'<meta http-equiv="Content-Security-Policy" content="{_IN_FRAME}">{html}'


def _listed(pairs: tuple[tuple[str, str], ...]) -> str:
    return "<dl>" + "".join(f"<dt>{_shown(name)}</dt><dd>{_shown(value)}</dd>" for name, value in pairs) + "</dl>"


def _shown(text: str) -> str:
    """A text in HTML; what HTML can't have, and lone surrogates, as the replacement character."""
    allowed = "".join(
        character if character in "\t\n\r" or (character >= " " and not "\x7f" <= character <= "\x9f") else "\ufffd"
        for character in text
    )
    return escape(allowed.encode("utf-8", "replace").decode())
