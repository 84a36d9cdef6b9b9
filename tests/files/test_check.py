from __future__ import annotations

import gzip
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pinpoint_users as p
from pinpoint_users._files import check as check_module
from pinpoint_users._files import duplicates
from pinpoint_users._files.check import SMSParts, check
from pinpoint_users._files.duplicates import Duplicates
from pinpoint_users._files.message_file import MessageFile

MESSAGE = MessageFile(message=p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="Hi {{name}}, code {{code}}")))


def users(content, message=MESSAGE, **options):
    return check(message, io.BytesIO(content.encode()), **options)


def told(checked):
    return [str(fault).removeprefix("the file:") for fault in checked.faults]


def test_a_message_and_users_that_are_right(write):
    checked = check(write("m.toml", '[sms_message]\nbody = "Hi {{name}}"\n'), write("u.csv", "user_id,name\nu-1,Ann\nu-2,Bo\n"))
    assert checked.is_right
    assert (checked.users, checked.bad_lines, checked.duplicates, checked.fault_count) == (2, 0, 0, 0)
    assert checked.first == ("u-1", p.EndpointSendConfiguration(substitutions={"name": ["Ann"]}), 2)
    assert checked.sms_parts == SMSParts(users=2, least=1, most=1, total=2)
    assert checked.notes == ()


def test_faults_of_both_files_are_told_at_once(write):
    checked = check(
        write("m.toml", "[sms_message]\nbodi = 1\nmessage_type = 2\n"), write("u.csv", "user_id,name\nu-1\nu-2,x\n")
    )
    assert [(fault.file, fault.line) for fault in checked.faults] == [("m.toml", 2), ("m.toml", 3), ("u.csv", 2)]
    assert (checked.message, checked.users, checked.bad_lines, checked.fault_count) == (None, 1, 1, 3)
    both = check("no.toml", "no.csv")
    assert [fault.file for fault in both.faults] == ["no.toml", "no.csv"]
    assert not both.is_right


def test_variables_without_a_value_are_told_by_line():
    checked = users("user_id,name,code\nu-1,Ann,1\nu-2,,2\nu-3,,\nu-4,Di,4\n")
    assert told(checked) == [
        "3: name: has no value, and the text uses {{name}}: give user 'u-2' one",
        "4: code: has no value, and the text uses {{code}}: give user 'u-3' one",
        "4: name: has no value, and the text uses {{name}}: give user 'u-3' one",
    ]
    assert (checked.users, checked.bad_lines) == (2, 2)
    assert users("user_id,name\nu-1,Ann\n", demands_variables=False).is_right
    assert users("user_id,body_override\nu-1,Hello\n").is_right
    many = users("user_id,name\n" + "".join(f"u-{number},x\n" for number in range(2_000)))
    assert (many.fault_count, len(many.faults), many.bad_lines) == (2_000, 1_000, 2_000)


def test_users_who_come_again_are_told_with_both_lines():
    assert told(users("user_id,name,code\nu-1,a,1\nu-2,a,1\n\nu-1,b,2\nu-1,c,3\n")) == [
        "5: user_id: user 'u-1' is in line 2 already: take one of both out",
        "6: user_id: user 'u-1' is in line 2 already: take one of both out",
    ]
    lines = '{"user_id": "u-1", "name": 1, "code": 2}\n' * 2 + "5\n"
    assert told(users(lines)) == [
        '3: must be one user, {"user_id": "u-1", …}, not int',
        "2: user_id: user 'u-1' is in line 1 already: take one of both out",
    ]
    assert users("user_id,name,code\nu-1,a,1\nu-1,b,2\n").duplicates == 1


@given(st.lists(st.sampled_from([f"u-{number}" for number in range(30)]), max_size=60))
def test_duplicates_are_those_of_a_plain_look(user_ids):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_AT_ONCE", 10)
        found = Duplicates()
        for user_id in user_ids:
            found.extend([user_id])
        assert found.are_there() == (len(set(user_ids)) < len(user_ids))
        repeated = [*found.repeated(enumerate(user_ids))]
    assert repeated == [(at, each, user_ids.index(each)) for at, each in enumerate(user_ids) if user_ids.index(each) < at]


def test_beyond_a_number_of_users_duplicates_are_not_looked_for(monkeypatch):
    monkeypatch.setattr(duplicates, "MAX_KEPT", 2)
    checked = users("user_id,name,code\n" + "".join(f"u-{number},a,1\n" for number in (1, 2, 3)) + '"u-1",a,1\n')
    assert checked.is_right
    assert "were looked for among the first 2 users only" in str(checked.notes[-1])


def test_an_sms_that_is_too_long_is_told():
    content = "user_id,name,code\nu-1,a,1\nu-2," + "x" * 1_600 + ",1\nu-3," + "é" * 640 + ",1\nu-4," + "→" * 640 + ",1\n"
    checked = users(content)
    assert told(checked) == [
        "3: makes an SMS of 1,611 GSM-7 characters, at most 1,600 are allowed",
        "5: makes an SMS of 651 characters, at most 630 are allowed where one, here '→', is outside GSM-7",
    ]
    assert (checked.users, checked.sms_parts.most) == (2, 5)


def test_what_is_no_sms_has_no_parts():
    push = MessageFile(message=p.DirectMessageConfiguration(gcm_message=p.GCMMessage(body="Hi {{name}}")))
    checked = users("user_id,name\n" + "u-1,a\n", push)
    assert checked.is_right
    assert checked.sms_parts is None
    templates = p.TemplateConfiguration(sms_template=p.Template(name="x"))
    assert users("user_id,x\nu-1,1\n", MessageFile(message=None, template_configuration=templates)).notes == ()


def test_columns_that_nothing_uses_are_noted():
    texts = p.SMSMessage(body="{{#if vip}}Hi{{/if}} {{name}} {{order.id}} {{upper city}}")
    message = MessageFile(message=p.DirectMessageConfiguration(sms_message=texts))
    checked = users("user_id,name,order,vip,city,colour\nu-1,a,b,c,d,e\n", message, demands_variables=False)
    assert [str(note) for note in checked.notes] == ["the file:1: colour: is a column that no text of the message uses"]


def test_the_first_number_without_all_of_its_digits_is_noted():
    message = MessageFile(message=p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="{{code}} {{name}}")))
    good = "".join(f"u-{number},E+{number},1\n" for number in range(3))
    checked = users(f'user_id,code,name\n{good}u-8,"1,2E+10",a\n1.2E+10,4.41E+11,b\n', message)
    told_of = "is how a spreadsheet shows a long number, without all of its digits: format the column as text"
    assert [str(note) for note in checked.notes] == [f"the file:5: code: 1,2E+10 {told_of}"]
    assert checked.is_right
    checked = users("user_id,code,name\n" + good + "1E+12,1,1\n", message)
    assert [str(note) for note in checked.notes] == [f"the file:5: user_id: 1E+12 {told_of}"]
    assert users(f"user_id,code,name\n{good}", message).notes == ()


def test_a_file_without_users_is_no_file_of_users():
    assert told(users("user_id,name\n")) == [" has no users: a line after the first is one"]
    assert users("user_id\n").first is None


def test_blocks_and_single_lines_are_checked_alike():
    chance = random.Random(1)
    rows = [
        f"u-{chance.randrange(3_000)},{chance.choice(['Ann', '', 'x' * 700])},{chance.choice(['1', '2', ''])}"
        for _ in range(4_000)
    ]
    content = "user_id,name,code\n" + "\n".join(rows)
    checked = users(content)
    one_by_one = users(content.replace("\nu-", "\n\nu-"))  # empty lines, which make each row be looked at by itself
    assert checked.fault_count == one_by_one.fault_count > 2_000
    assert (checked.users, checked.bad_lines, checked.duplicates) == (
        one_by_one.users,
        one_by_one.bad_lines,
        one_by_one.duplicates,
    )
    assert checked.sms_parts == one_by_one.sms_parts


def test_what_can_be_read_once_is_read_twice():
    packed = io.BytesIO(gzip.compress(b"user_id,name,code\nu-1,a,1\nu-1,a,1\n"))
    assert told(check(MESSAGE, packed)) == ["3: user_id: user 'u-1' is in line 2 already: take one of both out"]
    assert check(MESSAGE, io.BytesIO(b"user_id,name,code\nu-1,a,1\n"), format="csv").is_right


def test_a_large_file_is_checked_by_blocks(monkeypatch):
    looked_at: list[str] = []
    line = check_module._Users._line
    monkeypatch.setattr(check_module._Users, "_line", lambda self, each: (looked_at.append(each.user_id), line(self, each))[1])
    checked = users("user_id,name,code\n" + "".join(f"u-{number},Ann,1\n" for number in range(30_000)))
    assert checked.users == 30_000
    assert checked.sms_parts.users == 1_000
    assert len(looked_at) == 1_000
