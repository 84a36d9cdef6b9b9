"""The argument that names a journal in PostgreSQL: what it may be, and that its password is never shown."""

from __future__ import annotations

import pickle

import pytest
from journal.journals import PASSWORD

from pinpoint_users import Journal, ValidationError


class TestTheArgument:
    URL = "postgresql://app@db/sending"

    def test_is_a_url_with_a_run(self):
        journal = Journal(self.URL, run="parcels")
        assert (journal.path, journal.run, journal.is_shared) == (self.URL, "parcels", True)
        assert Journal("postgres://db/sending", run="é" * 200, force=True).is_shared
        assert not Journal("run.db").is_shared
        assert journal != Journal(self.URL, run="others")

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"path": URL}, "run: is needed with a URL"),
            ({"path": URL, "run": ""}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": "x" * 201}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": "a\0b"}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": "\ud800"}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": 5}, "run: must be a string, not int"),
            ({"path": "run.db", "run": "parcels"}, "run: is of journals in PostgreSQL: a file is one run's"),
            ({"path": "postgresql:/db/sending"}, "path: a URL must be a string such as postgresql://user@host/database"),
            ({"path": f"postgresql+psycopg://app:{PASSWORD}@db/x"}, "path: a URL must be a string such as postgresql://"),
            ({"path": f"POSTGRESQL://app:{PASSWORD}@db/x", "run": "r"}, "path: a URL must be a string such as postgresql://"),
            ({"path": f"postgresql://app:{PASSWORD}@db/\0", "run": "r"}, r"'postgresql://app:***@db/\x00' can't be the path"),
        ],
    )
    def test_is_refused_if_it_is_something_else(self, arguments, problem):
        with pytest.raises(ValidationError, match=r"^Journal") as caught:
            Journal(**arguments)
        assert problem in str(caught.value)
        assert PASSWORD not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("postgresql://app:{}@db:5432/x", "postgresql://app:***@db:5432/x"),
            ("postgresql://app:a@b/{}@db/x", "postgresql://app:***@db/x"),
            ("postgresql://:{}@db/x", "postgresql://:***@db/x"),
            ("postgres://app@db/x?password={}&sslmode=require", "postgres://app@db/x"),
            ("postgresql://db:5432/x", "postgresql://db:5432/x"),
            (f"postgresql://app:{PASSWORD}?{{}}@db/x", "postgresql://app:***"),
            (f"postgresql://app:{PASSWORD}@{PASSWORD}?{{}}@db/x", "postgresql://app:***"),
            ("postgresql://app@db/x?password={}@1", "postgresql://app@db/x"),
        ],
    )
    def test_is_shown_without_its_password(self, url, shown):
        journal = Journal(url.format(PASSWORD), run="r", force=True)
        assert repr(journal) == f"Journal({shown!r}, run='r', force=True)"
        assert pickle.loads(pickle.dumps(journal)) == journal
        assert repr(Journal("a:b@c?d")) == "Journal('a:b@c?d')"
