"""The files that a command is given, and what it says of wrong ones."""

from __future__ import annotations

import json

TWO_CHANNELS = """[sms_message]
body = "Hello {{name}}"
[gcm_message]
title = "Hello"
body = "Hello"
[email_message.simple_email.subject]
data = "Hello"
[email_message.simple_email.text_part]
data = "Hello"
"""


def write_users(folder, *lines, name="users.csv"):
    (folder / name).write_text("\n".join(["user_id,name", *lines, ""]), encoding="utf-8")


def refused(done, *said):
    """Wrong input: a line a fault on standard error, and nothing else."""
    assert done.code == 2, done.err
    assert done.out == ""
    for each in said:
        assert each in done.err
    assert "Traceback" not in done.err
    return done.err.splitlines()


def reported(folder, name="out.jsonl"):
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
