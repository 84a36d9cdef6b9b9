"""Journals to test: `open_journal` opens one and the same journal each time, as one run after another does.

Tests that use nothing else hold for every kind of journal; what is of one kind only has a file of its own.
"""

from __future__ import annotations

import pytest

from pinpoint_users import Journal
from pinpoint_users._journal.file import JournalFile


class Opener:
    """Opens the file at a path, and closes it after the test."""

    def __init__(self, path):
        self.path = path
        self.files = []

    def __call__(self, path=None, **run):
        self.files.append(self.unkept(path, **run))
        return self.files[-1]

    def unkept(self, path=None, *, force=False, application_id="app", content=b"hello"):
        """Opens it for somebody else to close."""
        journal = Journal(path or self.path, force=force)
        return JournalFile(journal, application_id=application_id, content=content)

    def close_all(self):
        for file in self.files:
            file.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.db"


@pytest.fixture
def open_journal(path):
    opener = Opener(path)
    yield opener
    opener.close_all()
