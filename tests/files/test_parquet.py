from __future__ import annotations

import datetime as dt
import decimal
import io
import sys

import pytest

from pinpoint_users import EndpointSendConfiguration
from pinpoint_users._files.faults import BadLine, FileFaultsError
from pinpoint_users._files.user_file import read_users

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def table(tmp_path):
    def table(**columns):
        path = tmp_path / "users.parquet"
        pq.write_table(pa.table(columns), path)
        return path

    return table


def test_rows_are_users(table):
    path = table(
        user_id=["u-1", "u-2", None],
        code=[123456, None, 1],
        names=[["Ann", "Bo"], None, None],
        body_override=[None, "Hi", None],
        **{"context.why": [None, "login", None]},
    )
    first, second, bad = read_users(path)
    assert first == ("u-1", EndpointSendConfiguration(substitutions={"code": ["123456"], "names": ["Ann", "Bo"]}), 1)
    assert second == ("u-2", EndpointSendConfiguration(body_override="Hi", context={"why": "login"}), 2)
    assert isinstance(bad, BadLine)
    assert str(bad) == f"{path}:3: user_id: is missing: give the user's ID"
    assert [line.line for line in read_users(io.BytesIO(path.read_bytes()))] == [1, 2, 3]


def test_what_a_pipe_gives_is_read_whole(table):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    assert [line.line for line in read_users(Pipe(table(user_id=["u-1"]).read_bytes()))] == [1]


def test_decimals_keep_their_digits(table):
    prices = [decimal.Decimal("1.50"), decimal.Decimal("-120.00"), None]
    users = read_users(table(user_id=["u-1", "u-2", "u-3"], price=prices))
    assert [line.configuration.substitutions for line in users] == [{"price": ("1.50",)}, {"price": ("-120.00",)}, None]


def test_values_that_are_no_text_are_told(table):
    (bad,) = read_users(table(user_id=["u-1"], day=[dt.date(2026, 1, 2)]))
    assert str(bad).endswith(
        "day: must be text, a number or a list of them: write a date as text, and give each value its own variable"
    )


def test_whole_files_that_are_wrong(table, tmp_path, monkeypatch):
    with pytest.raises(FileFaultsError, match="has no column user_id, only id"):
        [*read_users(table(id=["u-1"]))]
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1" + bytes(50))
    with pytest.raises(FileFaultsError, match=r"damaged\.parquet: can't be read as Parquet \(.*\): get the file again"):
        [*read_users(damaged)]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(FileFaultsError, match=r"extra `parquet`: in a clone, pip install '\.\[parquet\]'; or write CSV"):
        [*read_users(damaged)]
