"""What every store does: look up, put, delete, retire, renew, and the rules of Pinpoint's own."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest
from stores import STORES, by_id, devices, endpoint

import pinpoint_users as p
from pinpoint_users.directory import EndpointDirectory, WritableDirectory
from pinpoint_users.local import LocalPinpoint

FULL = p.Endpoint(
    id="A/b+c=",
    address="token/with:all sorts 'of' \"it\"; --é",
    channel_type="APNS_VOIP_SANDBOX",
    application_id="a",
    attributes={"plan": ["pro", ""], "é": []},
    cohort_id="7",
    creation_date="2025-01-01T00:00:00.000Z",
    demographic=p.EndpointDemographic(make="apple", timezone="Europe/Paris"),
    effective_date="2025-01-02T00:00:00.000Z",
    endpoint_status="INACTIVE",
    location=p.EndpointLocation(city="Zürich", latitude=47.36667, longitude=8),
    metrics={"visits": 3, "hours": 1e-300},
    opt_out="ALL",
    request_id="r",
    user=p.EndpointUser(user_id="u/1", user_attributes={"Name": ["Ann"]}),
)


def test_each_store_is_a_directory_that_can_be_written(directory):
    assert isinstance(directory, EndpointDirectory)
    assert isinstance(directory, WritableDirectory)


def test_what_is_put_is_found_by_its_user(directory):
    ann = [endpoint("e-1"), endpoint("e-2", channel="EMAIL", address="ann@example.com")]
    bob = endpoint("e-3", user="u-2", address="+12065550101", opt_out="NONE", endpoint_status="ACTIVE")
    directory.put([*ann, bob, FULL])
    assert directory.endpoints_of([]) == {}
    found = directory.endpoints_of(["u-2", "nobody", "u-1", "u/1"])
    assert {user: set(endpoints) for user, endpoints in found.items()} == {"u-1": set(ann), "u-2": {bob}, "u/1": {FULL}}
    assert by_id(directory) == {"e-1": ann[0], "e-2": ann[1], "e-3": bob, "A/b+c=": FULL}


def test_what_is_put_is_there_for_whoever_opens_it_later(opened):
    with opened.open() as directory:
        directory.put([FULL, endpoint()])
        if opened.lasts:
            directory.close()
            with opened.open() as again:
                assert by_id(again) == {"A/b+c=": FULL, "e-1": endpoint()}
                assert directory.endpoints_of(["u-1"]) == again.endpoints_of(["u-1"])


@pytest.mark.parametrize("user", [None, p.EndpointUser(), p.EndpointUser(user_attributes={}), p.EndpointUser(user_id="u")])
def test_a_user_is_kept_as_it_was_given(directory, user):
    lone = p.Endpoint(id="e-1", channel_type="SMS", address="+1", user=user)
    directory.put([lone])
    assert by_id(directory) == {"e-1": lone}
    assert ("u" in directory.endpoints_of(["u", ""])) is bool(user and user.user_id)


def test_an_endpoint_without_an_id_has_that_of_its_address(directory):
    once = endpoint(None)
    directory.put([once, once])
    assert by_id(directory) == {once.endpoint_id: attrs.evolve(once, id=once.endpoint_id)}


def test_ids_are_the_same_in_upper_and_lower_case(directory):
    directory.put([endpoint("E-1", address="+1"), endpoint("e-1", address="+2"), endpoint("É", address="+3")])
    directory.put([endpoint("é", address="+4")])
    assert {key: stored.address for key, stored in by_id(directory).items()} == {"e-1": "+2", "É": "+3", "é": "+4"}
    directory.delete("E-1", "none", "É")
    assert set(by_id(directory)) == {"é"}


def test_an_endpoint_goes_from_one_user_to_another(directory):
    directory.put([endpoint(user="u-1")])
    directory.put([endpoint(user="u-2")])
    assert set(directory.endpoints_of(["u-1", "u-2"])) == {"u-2"}
    directory.put([endpoint(user=None)])
    assert directory.endpoints_of(["u-1", "u-2"]) == {}
    directory.put([endpoint(user=None, opt_out="ALL")])
    assert by_id(directory) == {"e-1": endpoint(user=None, opt_out="ALL")}
    for status in ("INACTIVE", "ACTIVE"):
        directory.put([endpoint(user=None, endpoint_status=status)])
    assert by_id(directory) == {"e-1": endpoint(user=None, endpoint_status="ACTIVE")}


def test_a_user_is_deleted_with_all_endpoints(directory):
    directory.put([endpoint("e-1"), endpoint("e-2", address="+2"), endpoint("e-3", user="u-2", address="+3")])
    directory.delete_user("u-1")
    directory.delete_user("nobody")
    assert set(by_id(directory)) == {"e-3"}
    directory.put([endpoint("e-1")])
    assert set(directory.endpoints_of(["u-1"])) == {"u-1"}


# --- the rules


def test_an_address_is_active_once_a_channel(directory):
    directory.put([endpoint("e-1", user="u-1"), endpoint("e-2", user="u-2", channel="VOICE")])
    directory.put([endpoint("e-3", user="u-3", endpoint_status="ACTIVE")])
    directory.put([endpoint("e-4", user="u-4", endpoint_status="INACTIVE")])
    active = {key for key, stored in by_id(directory).items() if stored.endpoint_status != "INACTIVE"}
    assert active == {"e-2", "e-3"}
    assert by_id(directory)["e-1"] == endpoint("e-1", user="u-1", endpoint_status="INACTIVE")


@pytest.mark.parametrize("channel", ["ADM", "GCM", "APNS", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU"])
def test_the_oldest_device_gives_way_to_a_sixteenth(directory, channel):
    directory.put(devices(15, channel=channel))
    directory.put(devices(1, start=15, channel=channel))
    assert {stored.endpoint_id for stored in directory.endpoints_of(["u-1"])["u-1"]} == {f"d-{n}" for n in range(1, 16)}
    oldest = by_id(directory)["d-0"]
    assert (oldest.endpoint_status, oldest.user) == ("INACTIVE", p.EndpointUser())


@pytest.mark.parametrize("channel", ["SMS", "PUSH", "VOICE", "EMAIL", "CUSTOM", "IN_APP", "APNS_SANDBOX"])
def test_a_sixteenth_is_refused_on_other_channels(directory, channel):
    directory.put(devices(15))
    before = by_id(directory)
    with pytest.raises(p.ValidationError, match=re.escape("[1].User.UserId: Exceeded maximum endpoint per user count: 15")):
        directory.put([endpoint("new", user="u-2"), endpoint("d-15", channel=channel, address="x")])
    assert by_id(directory) == before
    directory.put([endpoint("d-7", channel=channel, address="x")])
    assert len(directory.endpoints_of(["u-1"])["u-1"]) == 15


def test_a_device_is_refused_where_none_gives_way(directory):
    directory.put(devices(15, channel="EMAIL"))
    with pytest.raises(p.ValidationError, match="Exceeded maximum"):
        directory.put(devices(1, start=15))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"address": " "}, "Address"),
        ({"address": "+1\0"}, "Address"),
        ({"endpoint_id": ""}, "Id"),
        ({"endpoint_id": "a\0b"}, "Id"),
        ({"user": ""}, "User.UserId"),
        ({"user": "u\0"}, "User.UserId"),
        ({"application_id": "\0"}, "ApplicationId"),
        ({"effective_date": "\0"}, "EffectiveDate"),
        ({"creation_date": "\0"}, "CreationDate"),
        ({"attributes": {"n" * 51: []}}, f"Attributes['{'n' * 51}']"),
        ({"attributes": {"n": ["v"] * 51}}, "Attributes['n']"),
        ({"attributes": {"n": ["v" * 100, "v" * 101]}}, "Attributes['n'][1]"),
        ({"metrics": {"n" * 51: 1}}, f"Metrics['{'n' * 51}']"),
        ({"attributes_of_user": {"n": ["v" * 101]}}, "User.UserAttributes['n'][0]"),
        ({"attributes": {f"n{n}": ["v" * 100] * 50 for n in range(4)}}, ""),
        ({"address": "a" * 16_000}, ""),
    ],
)
def test_what_the_service_refuses_is_refused_with_its_path(directory, wrong, path):
    bad = endpoint(**wrong)
    with pytest.raises(p.ValidationError) as caught:
        directory.put([endpoint("e-0", address="+2"), bad])
    assert [fault.path for fault in caught.value.faults] == [f"[1].{path}" if path else "[1]"]
    assert by_id(directory) == {}


def test_only_endpoints_can_be_put(directory):
    with pytest.raises(p.ValidationError, match=re.escape("[0]: must be Endpoint, not dict")):
        directory.put([{}])
    directory.put([])
    directory.put(iter([endpoint(address="a" * 1_600)]))
    assert set(by_id(directory)) == {"e-1"}


# --- tokens


def test_a_dead_token_is_retired_if_it_is_still_the_one(directory):
    directory.put([endpoint("e-1", address="old", channel="GCM", effective_date="2025-01-01T00:00:00.000Z")])
    assert not directory.retire("e-1", "older")
    assert not directory.retire("e-2", "old")
    assert by_id(directory)["e-1"].endpoint_status is None
    assert directory.retire("E-1", "old")
    assert not directory.retire("e-1", "old")
    stored = by_id(directory)["e-1"]
    assert stored.endpoint_status == "INACTIVE"
    assert stored.effective_date > "2025-01-01T00:00:00.000Z"


def test_a_new_token_is_taken_if_the_old_one_is_still_there(directory):
    directory.put([endpoint("e-1", address="old", channel="GCM"), endpoint("e-2", address="new", channel="GCM", user="u-2")])
    assert not directory.renew("e-1", "older", "new")
    assert not directory.renew("e-3", "old", "new")
    assert directory.renew("E-1", "old", "new")
    stored = by_id(directory)
    assert (stored["e-1"].address, stored["e-1"].endpoint_status) == ("new", None)
    assert (stored["e-2"].address, stored["e-2"].endpoint_status) == ("new", "INACTIVE")
    assert not directory.renew("e-1", "old", "newer")


# --- several at once


def test_threads_put_and_look_up_at_once(opened):
    with opened.open() as directory:

        def register(number):
            directory.put([endpoint(f"e-{number}", user=f"u-{number % 5}", address=f"+{number}")])
            return directory.endpoints_of([f"u-{number % 5}"])

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(register, range(20)))
        assert all(found)
        assert len(by_id(directory)) == 20
        assert {user: len(of_user) for user, of_user in directory.endpoints_of([f"u-{n}" for n in range(5)]).items()} == {
            f"u-{n}": 4 for n in range(5)
        }


def test_two_who_put_the_same_address_leave_one_active(opened):
    with opened.open() as directory:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: directory.put([endpoint(f"e-{number}", user=f"u-{number}")]), range(16)))
        assert [stored.endpoint_status for stored in by_id(directory).values()].count("INACTIVE") == 15


def test_a_user_who_gets_devices_from_all_sides_has_fifteen(opened):
    with opened.open() as directory:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda device: directory.put([device]), devices(24)))
        assert len(directory.endpoints_of(["u-1"])["u-1"]) == 15
        assert len(by_id(directory)) == 24


def test_every_user_is_told_once_whoever_has_many_endpoints(directory):
    users = [f"u-{number}" for number in range(30)] + ["é", "Z" * 1_200]
    directory.import_endpoints(
        endpoint(f"{user[:8]}-{channel}", user=user, channel=channel, address=f"{user[:8]}{channel}")
        for user in users
        for channel in ("EMAIL", "CUSTOM")
    )
    directory.put([endpoint("of nobody", user=None, channel="CUSTOM", address="x")])
    directory.delete_user("u-7")
    found = list(directory.user_ids())
    assert sorted(found) == sorted(set(users) - {"u-7"})


def test_users_of_several_pages_are_told_once_each(tmp_path, request):
    users = [f"u-{number}" for number in range(2_100)]
    for name in ("memory", "sqlite", "postgres"):
        with STORES[name](tmp_path, request) as opened, opened.open() as directory:
            directory.import_endpoints(endpoint(user, user=user, channel="CUSTOM", address=user) for user in users)
            assert sorted(directory.user_ids()) == sorted(users)


def test_the_users_of_a_directory_can_be_sent_to(directory):
    directory.put([endpoint(f"e-{n}", user=f"u-{n}", address=f"+120655501{n:02}") for n in range(5)])
    message = p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="Hello"))
    with LocalPinpoint() as local, local.client(directory=directory) as pinpoint:
        assert set(pinpoint.send(message, directory.user_ids()).users) == {f"u-{n}" for n in range(5)}
        assert len(local.deliveries()) == 5
