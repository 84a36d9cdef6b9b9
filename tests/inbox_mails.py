"""Raw e-mails for the inbox to show."""

from __future__ import annotations

import base64
from email.message import EmailMessage as MIMEMessage


def mime(**parts):
    message = MIMEMessage()
    message["From"], message["To"], message["Subject"] = (
        "Us <us@example.com>",
        "ann@example.com",
        parts.get("subject", "Déjà vu"),
    )
    message.set_content(parts.get("text", "plain words"))
    if "html" in parts:
        message.add_alternative(parts["html"], subtype="html")
    return message


def encoded(message):
    return base64.b64encode(message if isinstance(message, bytes) else message.as_bytes()).decode()


def raw(message):
    return {"EmailMessage": {"RawEmail": {"Data": encoded(message)}}}
