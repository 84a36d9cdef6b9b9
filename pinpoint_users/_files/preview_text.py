"""A preview for the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pinpoint_users._files.preview import NOBODY, ChannelPreview, Preview, ends_of, sms_line
from pinpoint_users._files.terminal_text import visible


def preview_text(preview: Preview) -> RenderableType:
    """The preview as rich shows it. Texts are shown as they are, markup and escape sequences in them included."""
    panels: list[RenderableType] = [_panel(channel) for channel in preview.channels]
    panels += [
        Text(f"{kind}: the template {visible(name)} isn't in the message's file: `send --templates FOLDER --dry-run` shows it")
        for kind, name in preview.templates
    ]
    if not panels:
        panels.append(Text(NOBODY))
    return Group(Text(f"To {visible(preview.user_id)}", style="bold"), *panels)


def _panel(channel: ChannelPreview) -> Panel:
    parts: list[RenderableType] = []
    if ends := ends_of(channel):
        parts.append(_table(ends))
    if channel.title is not None:
        parts.append(Text(visible(channel.title), style="bold"))
    if channel.headers:
        parts.append(_table(channel.headers))
    texts = (channel.body, channel.raw_content)
    parts += [Text(visible(text, multiline=True)) for text in texts if text is not None]
    if channel.html is not None:
        parts += [Text("HTML part:", style="dim"), Text(visible(channel.html, multiline=True))]
    if channel.sms is not None:
        parts.append(Text(visible(sms_line(channel.sms)), style="dim"))
    if channel.details:
        parts.append(_table(channel.details))
    if channel.missing:
        parts.append(Text(f"No value here: {visible(', '.join(channel.missing))}", style="yellow"))
    return Panel(Group(*parts), title=Text(channel.channel), title_align="left", box=box.ROUNDED)


def _table(pairs: tuple[tuple[str, str], ...]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in pairs:
        table.add_row(Text(visible(name), style="dim"), Text(visible(value)))
    return table
