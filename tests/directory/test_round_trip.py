"""Nothing is lost from an export to a store, out again and into another."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from stores import by_id
from strategies import values_of

import pinpoint_users as p
from pinpoint_users.directory import MemoryDirectory, SQLiteDirectory

ENDPOINTS = st.lists(values_of(p.Endpoint), max_size=8)


def put_each(directory, endpoints):
    """Puts those that are taken, each as it is where no rule changes it."""
    for endpoint in endpoints:
        with contextlib.suppress(p.ValidationError):  # such as an empty address
            directory.put([endpoint])


@given(ENDPOINTS)
@settings(max_examples=50, deadline=None)
def test_what_is_exported_is_imported_again_as_it_was(endpoints):
    with tempfile.TemporaryDirectory() as folder:
        memory = MemoryDirectory()
        put_each(memory, endpoints)
        first, second = Path(folder, "first.json"), Path(folder, "second.gz")
        count = memory.export_file(first)
        with SQLiteDirectory(Path(folder, "users.db")) as stored:
            report = stored.import_file(first)
            assert (report.imported, report.faulty, report.made_inactive) == (count, 0, 0)
            assert by_id(stored) == by_id(memory)
            assert stored.export_file(second) == count
            assert stored.import_file(second).unchanged == count
        again = MemoryDirectory()
        again.import_file(second)
        assert by_id(again) == by_id(memory)


@given(ENDPOINTS)
@settings(max_examples=50, deadline=None)
def test_sqlite_keeps_what_memory_keeps(endpoints):
    with tempfile.TemporaryDirectory() as folder, SQLiteDirectory(Path(folder, "users.db")) as stored:
        memory = MemoryDirectory()
        put_each(memory, endpoints)
        put_each(stored, endpoints)
        assert by_id(stored) == by_id(memory)
