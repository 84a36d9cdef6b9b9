"""Journals to test: `open_journal` opens one and the same journal each time, as one run after another does.

Tests that use nothing else hold for every kind of journal; what is of one kind only has a file of its own, which says so by a
fixture `kind`.
"""

from __future__ import annotations

import pytest

from pinpoint_users import Journal
from pinpoint_users._journal.opening import open_journal as opened


class Opener:
    """Opens a journal, and closes it after the test."""

    def __init__(self, place):
        self.place = place
        self.files = []

    def __call__(self, path=None, **run):
        self.files.append(self.unkept(path, **run))
        return self.files[-1]

    def unkept(self, path=None, *, force=False, application_id="app", content=b"hello"):
        """Opens it for somebody else to close."""
        journal = Journal(path or self.place.path, run=None if path else self.place.run, force=force)
        return opened(journal, application_id=application_id, content=content)

    def close_all(self):
        for file in self.files:
            file.close()


@pytest.fixture(params=["file", "postgres"])
def kind(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.db"


@pytest.fixture
def place(kind, path, request):
    """Where the journal is."""
    if kind == "file":
        return Journal(path)
    pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    return Journal(request.getfixturevalue("postgres_server").new_url(), run="parcels")


@pytest.fixture
def open_journal(place):
    opener = Opener(place)
    yield opener
    opener.close_all()


@pytest.fixture
def sql(place):
    """Asks the journal's database something."""
    import psycopg

    with psycopg.connect(place.path, autocommit=True) as connection:
        yield connection.execute
