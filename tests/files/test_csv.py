from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import sys
import tracemalloc
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users import EndpointSendConfiguration
from pinpoint_users._files import csv_rows
from pinpoint_users._files.faults import BadLine, FileFaultsError
from pinpoint_users._files.source import rereadable
from pinpoint_users._files.user_file import pairs_of, read_users


def read(content, **options):
    return [*read_users(io.BytesIO(content if isinstance(content, bytes) else content.encode()), **options)]


def told(content):
    """What is said of the lines that make no user."""
    return [
        str(fault).removeprefix("the file:") for line in read(content) if isinstance(line, BadLine) for fault in line.faults
    ]


def refused(content, **options):
    with pytest.raises(FileFaultsError) as raised:
        read(content, **options)
    return str(raised.value).removeprefix("the file").removeprefix(":").lstrip()


def own(**variables):
    return EndpointSendConfiguration(substitutions={name: [value] for name, value in variables.items()})


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_columns_are_variables(delimiter, end, mark):
    rows = [
        ["user_id", "code", "name"],
        ["u-1", "1", "Ann, Bo"],
        ["u-2", "", 'a "b"'],
        [],
        ["", "", ""],
        ["u-3", "", ""],
        ["u-4", "ä\nb", "x"],
    ]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    assert read(mark + file.getvalue()) == [
        ("u-1", own(code="1", name="Ann, Bo"), 2),
        ("u-2", own(name='a "b"'), 3),
        ("u-3", EndpointSendConfiguration(), 6),
        ("u-4", own(code="ä\nb", name="x"), 7),
    ]


def test_columns_that_are_no_variables():
    lines = read(
        "code,UserId,body_override,TitleOverride,raw_content,context.why,Context.who\n"
        '1,u-1,Hi,News,"{""a"": 1}",w,x\n'
        "2,u-2,,,,,\n"
    )
    first = EndpointSendConfiguration(
        substitutions={"code": ["1"]},
        body_override="Hi",
        title_override="News",
        raw_content='{"a": 1}',
        context={"why": "w", "who": "x"},
    )
    assert lines == [("u-1", first, 2), ("u-2", own(code="2"), 3)]
    assert read("user_id,body_override\nu-1,Hi\n") == [("u-1", EndpointSendConfiguration(body_override="Hi"), 2)]


def test_a_file_of_ids_alone():
    assert read("user_id\nu-1\nu-2") == [("u-1", EndpointSendConfiguration(), 2), ("u-2", EndpointSendConfiguration(), 3)]
    assert read("user_id\n") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("u-1,1", "has 2 values for 3 columns: add the others"),
        ("u-1,1,2,3", "has 4 values for 3 columns: a value with the delimiter in it is written in quotes"),
        (",1,2", "user_id: is empty: give the user's ID, or take the line out"),
        (" u-1,1,2", "user_id: has blanks at its ends: take them out"),
        ("u-1\u00a0,1,2", "user_id: has blanks at its ends: take them out"),
        ('u-1,"a"b,2', "isn't CSV (',' expected after '\"'): a value with a quote is written in quotes, with that quote twice"),
        (f"u-1,{'a' * 131_073},2", "has a value longer than 131,072 characters: shorten it, or write JSON Lines"),
        ('u-1,"a,2', "isn't CSV (a quote is open to the end of the file): close it"),
        ("u-1,\0,2", "has a NUL character: the file is damaged, or isn't a text file"),
        ("u-1,a\rb,2", None),
    ],
)
def test_a_bad_line_is_told_and_the_others_are_read(line, problem):
    content = f"user_id,code,name\nu-0,1,2\n{line}\nu-9,8,9\n"
    lines = read(content)
    assert next(each.user_id for each in lines if not isinstance(each, BadLine)) == "u-0"
    assert lines[-1][:2] == ("u-9", own(code="8", name="9")) if not isinstance(lines[-1], BadLine) else False
    (bad,) = [each for each in lines if isinstance(each, BadLine)]
    assert bad.line == 3
    assert problem is None or str(bad) == f"the file:3: {problem}"


def test_a_workbook_is_told_as_one():
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>\r" * 100)
    problem = "is an archive, as workbooks of Excel are: save it as text in UTF-8 (in Excel, “CSV UTF-8”)"
    assert refused(workbook.getvalue()) == problem


def test_other_encodings_are_told_with_the_byte():
    content = "user_id,name\nu-1,Jörg\nu-2,Ann\n"
    assert told(content.encode("cp1252")) == ["2: isn't UTF-8 (byte 6 is 0xf6, in Windows-1252 'ö'): save the file as UTF-8"]
    assert told(b"user_id,name\nu-1,\x81\n") == ["2: isn't UTF-8 (byte 5 is 0x81): save the file as UTF-8"]
    assert told(b'user_id,name\nu-1,"a\nb\xff"\n')[0] == "2: has an open quote before a line that isn't UTF-8"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert refused(content.encode(encoding)) == "1: is UTF-16: save the file as UTF-8 (in Excel, “CSV UTF-8”)"
    for content in (b"\0", b"u\0", bytes(100), b"user_id\0,name\n", b"\0\0s\0r_id\n"):
        assert "has a NUL character" in refused(content)
    assert refused("usér_id,näme\n".encode("cp1252")).startswith("1: isn't UTF-8 (byte 3 is 0xe9")


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("", "is empty: the first line names the columns, such as user_id,code"),
        ("\n" * 101, "1: begins with empty lines only: the first line names the columns"),
        (
            "id,code\n",
            "1: has no column user_id, only id, code: the first line names the columns; did you mean id? Rename it to user_id",
        ),
        ("a,b\n", "1: has no column user_id, only a, b: the first line names the columns"),
        (",\n", "1: has no column user_id, only columns without names: the first line names the columns"),
        (
            ",".join("abcdefghijkl"),
            "1: has no column user_id, only a, b, c, d, e, f, g, h, i, j, …: the first line names the columns",
        ),
        ("user_ids,code\n", "1: user_ids: did you mean user_id? A variable needs a name that is less like it"),
        ("User ID,code\n", "1: User ID: did you mean user_id? A variable needs a name that is less like it"),
        ("user_id,body_overide\n", "1: body_overide: did you mean body_override? A variable needs a name that is less like it"),
        ("user_id,code,code\n", "1: code: column 3 has the name of column 2: rename one, or take it out"),
        ("user_id,UserId\n", "1: UserId: column 2 has the name of column 1: rename one, or take it out"),
        ('user_id,"a"b,"c"d;"e"f\t"g"h\n', "1: names its columns in what isn't CSV: look at the quotes"),
        ("user_id,co\0de\n", "1: has a NUL character: this isn't a text file, or it is damaged"),
        ("user_id,code\ru-1,1\r", "1: ends its lines with CR alone: save it with LF or CRLF"),
    ],
)
def test_a_first_line_that_names_no_columns(header, problem):
    assert refused(header) == problem


def test_a_first_line_after_empty_ones_and_over_several():
    assert read('\n\nuser_id,"a\nb"\nu-1,1\n') == [("u-1", EndpointSendConfiguration(substitutions={"a\nb": ["1"]}), 5)]


def test_a_column_without_a_name_has_no_values():
    assert read("user_id,code,\nu-1,1,\n") == [("u-1", own(code="1"), 2)]
    assert told("user_id,code,\nu-1,1,2\n") == ["2: has a value in a column without a name: name the column in the first line"]


def test_raw_content_that_is_wrong_is_told_by_line():
    (fault,) = told("user_id,raw_content\nu-1,{\n")
    assert fault.startswith("2: raw_content: isn't JSON")
    (fault,) = told('user_id,raw_content\nu-1,{\nu-2,"{}"\n')
    assert fault.startswith("2: raw_content: isn't JSON")


def test_raw_content_that_cannot_be_checked_is_taken_without_a_warning():
    raw = '{"aps": {{payload}}}'
    quoted = raw.replace('"', '""')
    (line,) = read(f'user_id,payload,raw_content\nu-1,x,"{quoted}"\n')
    assert line.configuration.raw_content == raw
    (line,) = read(json.dumps({"user_id": "u-1", "payload": "x", "raw_content": '{"a": {{b}} {{c}}}'}))
    assert line.configuration.raw_content == '{"a": {{b}} {{c}}}'


def test_the_last_line_needs_no_end():
    assert read("user_id,a\n,\nu-2,2") == [("u-2", own(a="2"), 3)]


def test_a_value_may_go_over_the_end_of_a_block(monkeypatch):
    monkeypatch.setattr(csv_rows, "_BLOCK", 3)
    assert read('user_id,a\nu-1,"x\ny\nz"\n,\nu-2,2') == [("u-1", own(a="x\ny\nz"), 2), ("u-2", own(a="2"), 6)]
    assert read("user_id,a\n,\nu-2,2") == [("u-2", own(a="2"), 3)]


def test_lines_that_are_too_long(monkeypatch):
    monkeypatch.setattr(csv_rows, "MAX_LINE", 2_000)
    monkeypatch.setattr(csv_rows, "_BLOCK", 500)
    lines = read("user_id,a\nu-1," + "x" * 5_000 + "\nu-2,1\n")
    assert [str(lines[0]).partition(": ")[2], lines[1][0], lines[1][2]] == [
        "is longer than 2,000 bytes: lines end with a line feed, and a row isn't that long",
        "u-2",
        3,
    ]
    assert "is longer" in refused("x" * 5_000)
    assert "is longer" in str(read("user_id\n" + "x" * 3_000)[0])


def test_an_open_quote_costs_its_own_line():
    content = 'user_id,a\nu-0,"x\n' + "".join(f"u-{number},1\n" for number in range(1, 300))
    lines = read(content)
    assert isinstance(lines[0], BadLine)
    assert "a quote is open for 100 lines" in str(lines[0])
    assert [(line.user_id, line.line) for line in lines[1:]] == [(f"u-{number}", number + 2) for number in range(1, 300)]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(
    ["", '"', ",", "\n", "\r\n", "a\nb", " "]
)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_rows_are_those_of_the_standard_library(rows, end, block):
    file = io.StringIO(newline="")
    has_cr = any("\r" in cell for row in rows for cell in row)  # which the writer of older Pythons leaves without quotes
    writer = csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL if has_cr else csv.QUOTE_MINIMAL)
    writer.writerow(["user_id", "a", "b"])
    writer.writerows([f"u-{index}", *row] for index, row in enumerate(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "_BLOCK", block)
        lines = read(file.getvalue())
    reader = csv.reader(io.StringIO(file.getvalue(), newline=""))
    next(reader)
    expected = []
    for user_id, *values in reader:
        named = {name: (value,) for name, value in zip("ab", values, strict=True) if value}
        expected.append((user_id, named or None))
    assert [(user_id, configuration.substitutions) for user_id, configuration, _ in lines] == expected
    text = file.getvalue().split("\n")
    assert all(text[line - 1].lstrip('"').startswith(user_id) for user_id, _, line in lines)


@given(
    st.lists(st.sampled_from(["u-1", '"', ",", "\n", "\r", "a", "é", "\0", '""', " "]), max_size=40).map("".join),
    st.integers(1, 30),
)
def test_nobody_is_lost_or_made_up_however_blocks_fall(text, block):
    content = f"user_id,a\n{text}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "_BLOCK", block)
        small = read(content)
    assert [repr(line) for line in small] == [repr(line) for line in read(content)]
    assert sorted({line.line for line in small}) == [line.line for line in small]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_told(data):
    for start in (b"", b"user_id,a\n", b"\x1f\x8b", b"{", b"PAR1", b'{"user_id": "u"}\n'):
        with contextlib.suppress(FileFaultsError):
            read(start + data)


def test_a_packed_file_is_unpacked_and_a_damaged_one_told(write):
    packed = gzip.compress(b"user_id\n" + b"".join(b"u-%d\n" % number for number in range(50_000)))
    assert len(read(packed)) == 50_000
    assert [line.line for line in read_users(write("users.csv.gz", packed))][-1] == 50_001
    with pytest.raises(FileFaultsError, match=r"^users\.csv\.gz: can't be unpacked to its end .*: get the file again$"):
        [*read_users(write("users.csv.gz", packed[:-20_000]))]
    with pytest.raises(FileFaultsError, match="can't be unpacked"):
        [*read_users(write("users.csv.gz", packed[:100] + b"\0" * 50 + packed[150:]))]


def test_files_that_cannot_be_read_are_told(write, tmp_path):
    write("users.csv", "user_id\n")
    for path, problem in [
        (
            "no.csv",
            "no.csv: can't be read (No such file or directory): check the path, which counts from the folder you are in",
        ),
        (".", ".: can't be read (Is a directory): name a file, not a folder"),
        ("a\0b", r"a\x00b: can't be read (embedded null byte): check the path and the disk"),
    ]:
        with pytest.raises(FileFaultsError) as raised:
            [*read_users(path)]
        assert str(raised.value) == problem

    class Closed(io.BytesIO):
        def readinto(self, _buffer):
            raise PermissionError(13, "Permission denied")

    with pytest.raises(FileFaultsError, match=r"Permission denied.*give yourself the right"):
        [*read_users(Closed())]


def test_standard_input_and_open_files(monkeypatch, write):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(b"user_id\nu-1\n\xff\n"))))
    user, bad = read_users("-")
    assert (user.user_id, str(bad)) == (
        "u-1",
        "standard input:3: isn't UTF-8 (byte 1 is 0xff, in Windows-1252 'ÿ'): save the file as UTF-8",
    )
    with Path(write("users.csv", "user_id\nu-1\n")).open("rb") as file:
        assert [line.user_id for line in read_users(file)] == ["u-1"]
        assert not file.closed


def test_what_can_be_read_once_is_copied_to_be_read_again(monkeypatch, write):
    monkeypatch.setattr(
        sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(gzip.compress(b"user_id\nu-1\n,\n"))))
    )
    with rereadable("-") as source:
        assert [[line.line for line in read_users(source)] for _ in range(2)] == [[2], [2]]
        with rereadable(source) as again:
            assert again is source
    assert not source.path.exists()
    with rereadable(write("users.csv", "user_id\n")) as path:
        assert path == "users.csv"


def test_pairs_are_for_a_run():
    bad: list[BadLine] = []
    content = b"user_id,a\nu-1,1\n,2\nu-3,3\n"
    pairs = [*pairs_of(io.BytesIO(content), on_bad_line=bad.append)]
    assert pairs == [("u-1", own(a="1")), ("u-3", own(a="3"))]
    assert [line.line for line in bad] == [3]
    assert [*pairs_of(io.BytesIO(b"user_id,a\nu-1,1\n"), on_bad_line=bad.append)] == [("u-1", own(a="1"))]
    assert hash(pairs[0][1]) == hash(own(a="1"))
    assert pairs[0][1].to_dict() == {"Substitutions": {"a": ["1"]}}


def test_a_format_may_be_named():
    assert read("{,user_id\n1,u-1\n", format="csv")[0].user_id == "u-1"
    with pytest.raises(ValueError, match="'xml' isn't a format; allowed: csv, jsonl, parquet"):
        read("", format="xml")


def test_memory_is_that_of_a_block(write):
    def peak(count):
        path = write("users.csv", "user_id,code\n" + "".join(f"u-{number},{number}\n" for number in range(count)))
        tracemalloc.start()
        total = sum(1 for _ in read_users(path))
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == count
        return size

    assert peak(60_000) < 1.2 * peak(20_000)
