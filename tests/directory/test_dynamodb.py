"""DynamoDB: keys that stay unprocessed, throttling, writes that another one was quicker with."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from stores import by_id, devices, endpoint

import pinpoint_users as p
from pinpoint_users.directory import DynamoDBDirectory

pytest.importorskip("moto.server", reason="moto's server isn't installed: pip install 'moto[dynamodb,server]'")


class Hindered:
    """A client whose calls of an operation are answered as told, in turn, and then by the service."""

    def __init__(self, client, operation, *answers):
        self._client = client
        self._operation = operation
        self.answers = list(answers)
        self.calls = 0

    def __getattr__(self, name):
        def call(**parameters):
            if name == self._operation:
                self.calls += 1
                if self.answers:
                    answer = self.answers.pop(0)
                    return answer(parameters, getattr(self._client, name)) if callable(answer) else raised(answer)
            return getattr(self._client, name)(**parameters)

        return getattr(self._client, name) if name == "get_waiter" else call


def raised(error):
    raise error


def refusal(code, *reasons):
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, "Operation")


def unprocessed(parameters, _call):
    return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}


def half(parameters, call):
    ((table, request),) = parameters["RequestItems"].items()
    keys = request["Keys"]
    answer = call(RequestItems={table: {**request, "Keys": keys[::2]}})
    return {**answer, "UnprocessedKeys": {table: {**request, "Keys": keys[1::2]}} if len(keys) > 1 else {}}


@pytest.fixture
def table(dynamodb_client, request):
    name = request.node.name.replace("[", "-").rstrip("]")[:200]
    DynamoDBDirectory(name, client=dynamodb_client).create_table()
    return name


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Waits are short: what is shown is that they are made, not how long they are."""
    monkeypatch.setattr("pinpoint_users.directory.dynamodb._LONGEST_WAIT", 0.0)


def test_a_table_that_is_there_is_left_as_it_is(dynamodb_client, table):
    directory = DynamoDBDirectory(table, client=dynamodb_client)
    directory.put([endpoint()])
    directory.create_table()
    assert by_id(directory) == {"e-1": endpoint()}
    with pytest.raises(p.DirectoryError, match="can't be used"):
        DynamoDBDirectory("x", client=Hindered(dynamodb_client, "create_table", refusal("LimitExceeded"))).create_table()


def test_a_hundred_users_are_one_request(dynamodb_client, table):
    directory = DynamoDBDirectory(table, client=dynamodb_client)
    directory.put([endpoint(f"e-{number}", user=f"u-{number}", address=f"+{number}") for number in range(12)])
    counting = Hindered(dynamodb_client, "batch_get_item")
    found = DynamoDBDirectory(table, client=counting).endpoints_of([f"u-{number}" for number in range(100)])
    assert (len(found), counting.calls) == (12, 1)


def test_keys_that_stay_unprocessed_are_asked_for_again(dynamodb_client, table):
    directory = DynamoDBDirectory(table, client=dynamodb_client)
    directory.put([endpoint(f"e-{number}", user=f"u-{number}", address=f"+{number}") for number in range(5)])
    users = [f"u-{number}" for number in range(5)]
    slow = Hindered(dynamodb_client, "batch_get_item", unprocessed, half, half, unprocessed, half, half)
    assert len(DynamoDBDirectory(table, client=slow).endpoints_of(users)) == 5
    never = Hindered(dynamodb_client, "batch_get_item", *[unprocessed] * 20)
    with pytest.raises(p.DirectoryError, match="5 keys stay unprocessed"):
        DynamoDBDirectory(table, client=never).endpoints_of(users)


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException", "InternalServerError"])
def test_throttled_reads_are_made_again(dynamodb_client, table, code):
    for operation in ("batch_get_item", "scan"):
        throttled = Hindered(dynamodb_client, operation, refusal(code), refusal(code))
        directory = DynamoDBDirectory(table, client=throttled)
        directory.put([endpoint()])
        assert by_id(directory) == {"e-1": endpoint()}
    with pytest.raises(p.DirectoryError, match=code):
        DynamoDBDirectory(table, client=Hindered(dynamodb_client, "scan", *[refusal(code)] * 20)).export_file("never")


def test_a_page_ends_where_dynamodb_says(dynamodb_client, table):
    directory = DynamoDBDirectory(
        table, client=Hindered(dynamodb_client, "scan", *[lambda parameters, call: call(**parameters, Limit=2)] * 40)
    )
    directory.put(devices(3))
    directory.put([endpoint("lone", user=None, address="+1")])
    assert set(by_id(directory)) == {"d-0", "d-1", "d-2", "lone"}


@pytest.mark.parametrize(
    "refused",
    [
        refusal("TransactionCanceledException", "None", "ConditionalCheckFailed"),
        refusal("TransactionCanceledException", "TransactionConflict", "ThrottlingError"),
        refusal("ThrottlingException"),
    ],
)
def test_a_write_that_met_another_is_made_again_from_what_is_there_now(dynamodb_client, table, refused):
    directory = DynamoDBDirectory(table, client=Hindered(dynamodb_client, "transact_write_items", refused, refused))
    directory.put([endpoint()])
    assert by_id(directory) == {"e-1": endpoint()}
    with pytest.raises(p.DirectoryError, match="can't be used"):
        DynamoDBDirectory(table, client=Hindered(dynamodb_client, "transact_write_items", *[refused] * 40)).put(
            [endpoint(opt_out="ALL")]
        )


def test_what_waiting_can_not_help_is_raised(dynamodb_client, table):
    refused = refusal("TransactionCanceledException", "ConditionalCheckFailed", "ItemCollectionSizeLimitExceeded")
    directory = DynamoDBDirectory(table, client=Hindered(dynamodb_client, "transact_write_items", refused))
    with pytest.raises(p.DirectoryError, match="TransactionCanceled"):
        directory.put([endpoint()])
    with pytest.raises(p.DirectoryError, match="not-there"):
        DynamoDBDirectory("not-there", client=dynamodb_client).endpoints_of(["u-1"])


def test_a_table_that_can_not_be_reached_is_told(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(p.DirectoryError, match="the table users of DynamoDB can't be used: Could not connect"):
        DynamoDBDirectory("users").endpoints_of(["u-1"])


def test_long_texts_are_keys_too(dynamodb_client, table):
    directory = DynamoDBDirectory(table, client=dynamodb_client)
    long = endpoint("i" * 1_100, user="u" * 1_100, address="a" * 1_100)
    directory.put([long])
    assert directory.endpoints_of(["u" * 1_100]) == {"u" * 1_100: (long,)}
    directory.delete_user("u" * 1_100)
    assert dynamodb_client.scan(TableName=table)["Items"] == []
