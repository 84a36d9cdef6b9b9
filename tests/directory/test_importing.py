"""Import: Pinpoint's export, its CSV, an application, a generator; what is wrong is told, and nothing else is lost."""

from __future__ import annotations

import gzip
import io
import json
import re

import pytest
from importing import outcome
from stores import by_id, devices, endpoint

import pinpoint_users as p
from pinpoint_users.directory import MemoryDirectory, SQLiteDirectory

LINE = (
    '{"ChannelType":"SMS","Address":"+12065550100","EndpointStatus":"ACTIVE","OptOut":"NONE",'
    '"EffectiveDate":"2025-01-01T00:00:00.000Z","Attributes":{"plan":["pro"]},"User":{"UserId":"u-1","UserAttributes":'
    '{"Name":["Ann"]}},"ApplicationId":"a","Id":"e-1","CreationDate":"2025-01-01T00:00:00.000Z"}\n'
)


def line(number, **members):
    shape = {"ChannelType": "GCM", "Address": f"t-{number}", "User": {"UserId": f"u-{number}"}, "Id": f"e-{number}"}
    return json.dumps({name: value for name, value in {**shape, **members}.items() if value is not None}) + "\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda text: gzip.compress(text[:50]) + gzip.compress(text[50:])])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n  \n"])
def test_an_export_is_imported_whatever_its_name(directory, written, pack, mark):
    path = written(pack(mark + LINE.encode() + line(2).encode()), "users.txt")
    report = directory.import_file(path)
    assert outcome(report) == (2, 0, [])
    stored = by_id(directory)
    assert stored["e-1"].to_dict() == json.loads(LINE)
    assert stored["e-2"].user.user_id == "u-2"
    assert outcome(directory.import_file(str(path))) == (0, 2, [])
    assert by_id(directory) == stored


def test_an_open_file_is_imported_and_stays_open(directory, written):
    for file in (io.BytesIO(LINE.encode()), written(gzip.compress(LINE.encode())).open("rb")):
        with file:
            report = directory.import_file(file)
            assert report.imported + report.unchanged == 1
            assert not file.closed
    assert directory.import_file(io.BytesIO(b"{")).faults[0].file == "file"
    assert outcome(directory.import_file(io.BytesIO(b""))) == (0, 0, [])


BAD = [
    ("not json\n", "isn't JSON: a line is one endpoint, {…}, and ends with its bracket"),
    ('{"Address": "+12065550100"\n', "isn't JSON: a line is one endpoint, {…}, and ends with its bracket"),
    ("[" * 100_000 + "\n", "is nested too deeply: a line is one endpoint, {…}, and ends with its bracket"),
    ('{"Id": "\xff"}\n', "isn't UTF-8: save the file as UTF-8"),
    ("[]\n", "must be a mapping in AWS's shape of Endpoint, not list"),
    (line(0, Address=None), "Address: is required"),
    ('{"ChannelType":"SMS","Address":null}\n', "Address: is required, and None isn't a value"),
    (line(0, Address=5), "Address: must be a string, not int"),
    (line(0, Address=" "), "Address: is empty: nothing can be sent there"),
    (line(0, ChannelType="TELEX"), "ChannelType: 'TELEX' isn't a value; allowed: PUSH, "),
    (line(0, ChannelType=5), "ChannelType: must be ChannelType or a string, not int"),
    (
        line(0, EndpointStatus="ACTIV"),
        "EndpointStatus: 'ACTIV' isn't a value; allowed: ACTIVE, INACTIVE; did you mean ACTIVE?",
    ),
    (line(0, OptOut="ALLE"), "OptOut: 'ALLE' isn't a value; allowed: ALL, NONE; did you mean ALL?"),
    (line(0, Adress="x"), "Adress: no member of Endpoint; allowed: Address"),
    (line(0, Attributes={"a": "b"}), "Attributes['a']: must be a list of strings, not a string"),
    (line(0, User={"UserId": 5}), "User.UserId: must be a string, not int"),
    (line(0, User={"UserId": "\ud800"}), "User.UserId: has a lone surrogate"),
    (line(0, Attributes={"n" * 51: []}), "has a name of 51 characters; at most 50"),
]


@pytest.mark.parametrize(("bad", "problem"), BAD, ids=range(len(BAD)))
def test_a_bad_line_is_told_and_loses_nothing_else(written, bad, problem):
    directory = MemoryDirectory()
    report = directory.import_file(written((LINE + bad).encode("latin-1") + line(2).encode(), "e.gz"))
    assert (report.imported, report.faulty, set(by_id(directory))) == (2, 1, {"e-1", "e-2"})
    (fault,) = report.faults
    assert (fault.file, fault.line) == ("e.gz", 2)
    assert fault.problem.startswith(problem) or problem in fault.problem
    assert str(fault) == f"e.gz, line 2: {fault.problem}"
    assert "+1206" not in fault.problem


def test_a_sixteenth_endpoint_is_told_with_its_line(directory, written):
    lines = [line(n, ChannelType="EMAIL", User={"UserId": "u"}) for n in range(1, 18)]
    report = directory.import_file(written("".join(lines)))
    problem = "User.UserId: Exceeded maximum endpoint per user count: 15"
    assert outcome(report) == (15, 0, [(16, problem), (17, problem)])


def test_a_file_that_ends_too_early_is_imported_up_to_there(written):
    directory = MemoryDirectory()
    packed = gzip.compress("".join(line(number, RequestId=str(number**9)) for number in range(5_000)).encode())
    report = directory.import_file(written(packed[: len(packed) // 2]))
    assert report.imported > 1_000
    assert (report.faulty, report.faults[0].line) == (1, report.imported + 1)
    assert "the file can't be unpacked from here on" in report.faults[0].problem
    broken = packed[: len(packed) // 2] + b"\0" * 100 + packed[len(packed) // 2 :]
    assert directory.import_file(written(broken)).faulty >= 1
    assert directory.import_file(written(packed)).faulty == 0
    assert len(by_id(directory)) == 5_000


def test_faults_are_counted_and_the_first_thousand_kept(written):
    report = MemoryDirectory().import_file(written("{\n" * 1_500 + LINE))
    assert (report.imported, report.faulty, len(report.faults)) == (1, 1_500, 1_000)


def test_a_text_that_is_utf_16_is_told(written):
    report = MemoryDirectory().import_file(written(LINE.encode("utf-16")))
    assert outcome(report) == (0, 0, [(1, "is UTF-16: save the file as UTF-8")])


def test_a_file_that_is_not_there_is_an_error(directory, tmp_path):
    with pytest.raises(FileNotFoundError):
        directory.import_file(tmp_path / "none")


# --- again


def test_a_second_import_changes_nothing_whatever_the_first_made_of_it(directory, written):
    lines = [
        *(line(n, User={"UserId": "u"}, EffectiveDate=f"2025-01-01T00:00:{n:02}.000Z") for n in range(18)),
        *(line(n, Address="shared") for n in (20, 21)),
        *(line(n, Address="dated", EffectiveDate=f"2025-01-{n}T00:00:00.000Z") for n in (31, 30)),
        *(line(n, User={"UserId": "v"}) for n in range(40, 58)),
    ]
    path = written("".join(lines))
    first = directory.import_file(path)
    assert (first.imported, first.made_inactive, first.faulty) == (40, 3 + 1 + 1 + 3, 0)
    stored = by_id(directory)
    assert [stored[f"e-{n}"].endpoint_status for n in (20, 21, 30, 31)] == ["INACTIVE", None, "INACTIVE", None]
    second = directory.import_file(path)
    assert outcome(second) == (0, 40, [])
    assert second.made_inactive == 0
    assert by_id(directory) == stored


def test_what_a_program_changed_since_stays(directory, written):
    directory.BATCH = 2
    path = written(line(1, EffectiveDate="2025-01-01T00:00:00.000Z") + line(2, EffectiveDate="2025-01-01T00:00:00.000Z"))
    directory.import_file(path)
    assert directory.renew("e-1", "t-1", "new")
    assert directory.retire("e-2", "t-2")
    assert outcome(directory.import_file(path)) == (0, 2, [])
    assert (by_id(directory)["e-1"].address, by_id(directory)["e-2"].endpoint_status) == ("new", "INACTIVE")


def test_a_later_line_or_an_undated_one_that_differs_is_taken(directory):
    directory.put([endpoint("e-1", effective_date="2025-01-01T00:00:00.000Z")])
    for changed, imported in (
        (endpoint("e-1", opt_out="ALL", effective_date="2024-01-01T00:00:00.000Z"), 0),
        (endpoint("e-1", opt_out="ALL", effective_date="2025-01-01T00:00:00.000Z"), 1),
        (endpoint("e-1", opt_out="NONE", effective_date="2025-01-02T00:00:00.000Z"), 1),
        (endpoint("e-1", opt_out="ALL"), 1),
        (endpoint("e-1", opt_out="NONE", effective_date="2024-01-02T00:00:00.000Z"), 1),
    ):
        assert directory.import_endpoints([changed]).imported == imported
        assert (by_id(directory)["e-1"] == changed) is bool(imported)


def test_a_generator_is_imported(directory):
    directory.BATCH = 7
    report = directory.import_endpoints([*devices(15), {}, *devices(5)])
    assert outcome(report) == (15, 5, [(16, "must be Endpoint, not dict")])
    assert report.faults[0].file == "endpoints"


def test_a_killed_import_is_begun_again(tmp_path):
    class Killed(BaseException):
        pass

    def endpoints():
        yield from devices(10)
        raise Killed

    path = tmp_path / "users.db"
    with SQLiteDirectory(path) as directory:
        directory.BATCH = 4
        with pytest.raises(Killed):
            directory.import_endpoints(endpoints())
    with SQLiteDirectory(path) as directory:
        assert len(by_id(directory)) == 8
        assert outcome(directory.import_endpoints(devices(12))) == (4, 8, [])


# --- export


def test_the_export_is_pinpoints(directory, written, tmp_path):
    directory.import_file(written(LINE + line(2)))
    assert directory.export_file(tmp_path / "out.json") == 2
    text = (tmp_path / "out.json").read_text("utf-8")
    assert max(text.splitlines(keepends=True), key=len) == LINE
    assert directory.export_file(tmp_path / "out.gz") == 2
    assert gzip.decompress((tmp_path / "out.gz").read_bytes()).decode() == text
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


def test_an_export_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    directory = MemoryDirectory([endpoint()])
    path = tmp_path / "out.json"
    path.write_text("before", "utf-8")

    def broken():
        yield endpoint()
        raise p.DirectoryError("gone")

    monkeypatch.setattr(directory, "endpoints", broken)
    with pytest.raises(p.DirectoryError, match=re.escape("gone")):
        directory.export_file(path)
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]
    assert path.read_text("utf-8") == "before"


# --- what is kept and can't be sent to, and what a report looks like

UNSENDABLE = [
    ("SMS", "(206) 555-0100", "isn't a phone number in E.164, such as +12065550100, which SMS takes"),
    ("VOICE", "12065550100", "isn't a phone number in E.164, such as +12065550100, which VOICE takes"),
    ("SMS", "\u202d+12065550100", "isn't a phone number in E.164: it has U+202D, which isn't seen"),
    ("EMAIL", "ann.example.com", "isn't an e-mail address: it has no @ with a name and a domain"),
    ("EMAIL", "+12065550100", "isn't an e-mail address: it has no @ with a name and a domain"),
    ("EMAIL", "ann@", "isn't an e-mail address: it has no @ with a name and a domain"),
    ("GCM", "+12065550100", "is a phone number, and GCM takes a device's token"),
    ("APNS", "ann@example.com", "is an e-mail address, and APNS takes a device's token"),
]

SENDABLE = [("SMS", "+12065550100"), ("EMAIL", "ann@example.com"), ("GCM", "+a:b"), ("BAIDU", "123456"), ("CUSTOM", "a@b")]


@pytest.mark.parametrize(("channel", "address", "problem"), UNSENDABLE)
def test_what_cant_be_sent_to_is_kept_and_told_with_its_line(written, channel, address, problem):
    directory = MemoryDirectory()
    path = written(LINE + line(2, ChannelType=channel, Address=address))
    for imported in (2, 0):
        report = directory.import_file(path)
        assert (report.imported, report.faulty, report.unsendable) == (imported, 0, 1)
        (told,) = report.unsendable_lines
        assert (told.file, told.line, told.problem) == ("endpoints.json", 2, f"Address: {problem}")
    assert by_id(directory)["e-2"].address == address


def test_what_can_be_sent_to_is_not_told():
    endpoints = [endpoint(f"e-{n}", channel=channel, address=address) for n, (channel, address) in enumerate(SENDABLE)]
    assert MemoryDirectory().import_endpoints(endpoints).unsendable == 0


def test_a_line_that_is_refused_is_told_once(written):
    lines = [line(n, ChannelType="SMS", Address=str(n), User={"UserId": "u"}) for n in range(1, 17)]
    report = MemoryDirectory().import_file(written("".join(lines)))
    assert (report.faulty, report.unsendable) == (1, 15)


def test_a_report_is_a_short_text(written):
    directory = MemoryDirectory()
    assert str(directory.import_file(written(LINE + line(2)))) == "2 read: 2 imported, 0 unchanged"
    bad = "{\n" * 1_500 + line(3, ChannelType="SMS", Address="5") + line(4, Address="t-2", EffectiveDate="2026-01-01T00:00:00Z")
    fault = "isn't JSON: a line is one endpoint, {…}, and ends with its bracket"
    assert str(directory.import_file(written(bad))).splitlines() == [
        "1,502 read: 2 imported, 0 unchanged, 1 made inactive",
        "1,500 not imported, or not all of it:",
        *[f"  endpoints.json, line {number}: {fault}" for number in range(1, 6)],
        "  … and 1,495 more",
        "1 kept, though nothing can be sent there:",
        "  endpoints.json, line 1501: Address: isn't a phone number in E.164, such as +12065550100, which SMS takes",
    ]


def test_what_cant_be_sent_to_is_counted_and_the_first_thousand_kept():
    endpoints = (endpoint(f"e-{n}", user=None, address=str(n)) for n in range(1_200))
    report = MemoryDirectory().import_endpoints(endpoints)
    assert (report.unsendable, len(report.unsendable_lines)) == (1_200, 1_000)
