"""What is read, divided and written fast for most users of a directory is what the general way makes of them."""

from __future__ import annotations

import gc
import json

from hypothesis import given
from hypothesis import strategies as st
from ses_way import message_of, route_of

from pinpoint_users import (
    DirectMessageConfiguration,
    Endpoint,
    EndpointSendConfiguration,
    GCMMessage,
    SendUsersMessageRequest,
    SMSMessage,
)
from pinpoint_users._requests.jobs import Job, User
from pinpoint_users._routes.addresses import AddressesRoute
from pinpoint_users._routes.base import Target
from pinpoint_users._routes.targets_job import TargetsJob
from pinpoint_users.enums import ChannelType
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(gcm_message=GCMMessage(body="x"), sms_message=SMSMessage(body="x"))
ROUTE = AddressesRoute(SendUsersMessageRequest(message_configuration=MESSAGE, users={}), [ChannelType.GCM, ChannelType.SMS])
NOTHING = EndpointSendConfiguration()
RESULTS = st.none() | st.fixed_dictionaries(
    {"DeliveryStatus": st.sampled_from(["SUCCESSFUL", "SUCCESSFUL", "THROTTLED", "new"]), "StatusCode": st.just(200)},
    optional={
        "Address": st.sampled_from(["a", "b"]),
        "MessageId": st.none() | st.text(max_size=2),
        "StatusMessage": st.text(max_size=2),
        "UpdatedToken": st.none() | st.just("t"),
        "Unknown": st.just(1),
    },
)


def targets_of(user: User, addresses: list[str], configuration: EndpointSendConfiguration = NOTHING) -> list[Target]:
    endpoints = [Endpoint(channel_type="GCM", address=address, id=f"e-{address}") for address in addresses]
    targets = {each.endpoint_id: Target(each.endpoint_id, user, each, configuration) for each in endpoints}
    user.targets = targets
    return [*targets.values()]


def users_of(counts: list[int]) -> list[Target]:
    return [
        target
        for number, count in enumerate(counts)
        for target in targets_of(User(f"u-{number}"), [f"{number}-{index}" for index in range(count)])
    ]


def job_of(targets: list[Target]) -> Job:
    job = TargetsJob(ROUTE, "SendMessages", targets, 1)
    for user in job.users:
        user.jobs = (job,)
        user.attempts = 1
    return job


@given(counts=st.lists(st.integers(1, 3), min_size=1, max_size=4), later=st.booleans(), data=st.data())
def test_users_whose_results_are_read_at_once_come_out_as_by_the_general_way(
    counts: list[int], later: bool, data: st.DataObject
) -> None:
    targets = users_of(counts)
    job = job_of(targets[: len(targets) - later] or targets)  # the last user may have more in another request
    told = {target.endpoint.address: data.draw(RESULTS) for target in targets}
    answer = json.dumps({"Result": {address: result for address, result in told.items() if result is not None}}).encode()
    read = job.read(answer)
    others = {reading.user.user_id for reading in read.others}
    assert sorted([*read.done, *others]) == sorted(user.user_id for user in job.users)
    for user in job.users:
        mine = [target for target in user.targets.values() if target.endpoint_id in job.targets_of(user)]
        results = ROUTE.results("SendMessages", json.loads(answer), mine)
        is_done = len(mine) == len(user.targets) and all(
            result and result.delivery_status == "SUCCESSFUL" and result.updated_token is None for result in results
        )
        assert (user.user_id in read.done) is is_done
        if is_done:
            user.endpoints = {target.endpoint_id: result for target, result in zip(mine, results, strict=True) if result}
            user.jobs = ()
            assert user.result() == read.done[user.user_id]


def test_most_users_are_read_at_once() -> None:
    targets = users_of([1, 2, 3])
    answer = {target.endpoint.address: {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200} for target in targets}
    read = job_of(targets).read({"Result": answer})
    assert (read.done.keys(), read.others) == ({"u-0", "u-1", "u-2"}, [])
    assert {result.address for user in read.done.values() for result in user.endpoints.values()} == answer.keys()


@given(
    addresses=st.lists(st.integers(0, 230), max_size=230),
    is_mail=st.booleans(),
)
def test_requests_hold_each_target_once_and_no_address_twice(addresses: list[int], is_mail: bool) -> None:
    route, most = (route_of(), 50) if is_mail else (ROUTE, 100)
    own = EndpointSendConfiguration(substitutions={"name": ["Ann"]})
    targets = [
        target for number, at in enumerate(addresses) for target in targets_of(User(f"u-{number}"), [f"a{at}@example.com"], own)
    ]
    groups = [group for _, group in route.requests(targets)]
    assert sorted(map(id, targets)) == sorted(id(target) for group in groups for target in group)
    assert all(len({target.endpoint.address for target in group}) == len(group) <= most for group in groups)
    if len({*addresses}) == len(addresses):
        assert [target for group in groups for target in group] == targets
        assert len(groups) == -(-len(targets) // most)


VALUES = st.dictionaries(st.sampled_from(["name", "other"]), st.lists(st.text(max_size=3), max_size=2), max_size=2)


@given(
    text=st.sampled_from(
        ["Hello {{name}}", "{{name}} {{Address}}", "{{#if name}}{{name}}{{/if}}", "Hello", "{{name}} {{other}}"]
    ),
    values=st.lists(VALUES, min_size=1, max_size=3),
)
def test_an_entry_that_is_written_once_for_a_user_is_each_recipients_own(text: str, values: list[dict[str, list[str]]]) -> None:
    message = message_of(subject="Hello", text=text)
    route = route_of(message)
    for number, own in enumerate(values):
        configuration = EndpointSendConfiguration(substitutions=own)
        for target in targets_of(User(f"u-{number}"), ["a@example.com", "b@example.com"], configuration):
            assert route.body("SendBulkEmail", [target]) == route_of(message).body("SendBulkEmail", [target])


def test_a_users_data_are_written_once() -> None:
    route = route_of()
    configuration = EndpointSendConfiguration(substitutions={"name": ["Ann"]})
    first, second = targets_of(User("u"), ["a@example.com", "b@example.com"], configuration)
    assert route._content.entry(first) is route._content.entry(second)


def test_users_who_are_done_need_no_garbage_collector() -> None:
    directory = {f"u-{number}": [Endpoint(channel_type="SMS", address=f"+1206555{number:04}")] for number in range(250)}

    def kept() -> dict[int, object]:
        return {id(each): each for each in gc.get_objects() if isinstance(each, (User, Target))}

    with LocalPinpoint() as local:
        gc.collect()
        gc.disable()
        try:
            before = kept()  # by other tests
            with local.client(directory=directory) as pinpoint:
                pinpoint.send(MESSAGE, [*directory]).raise_for_failures()
            left = kept().keys() - before.keys()
        finally:
            gc.enable()
    assert not left
