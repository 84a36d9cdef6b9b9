"""A directory in a table of DynamoDB."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pinpoint_users._shapes.json_text import read_json, write_json
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.directory.rules import Changes, Wanted, folded, is_active, user_id_of
from pinpoint_users.directory.stored import StoredDirectory
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.errors import DirectoryError

_Item: TypeAlias = dict[str, Any]
_KEYS_AT_A_TIME = 100
_ATTEMPTS = 12
_ATTEMPTS_TO_WRITE = 30
"""More, as each write that is refused is one that another has made."""
_LONGEST_WAIT = 2.0
_MAX_KEY = 1_000
"""Bytes of a text that a key has as it is; DynamoDB takes 2,048."""
_TEMPORARY = frozenset({"ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons of a cancelled transaction that another attempt may not meet."""
_THROTTLED = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


class DynamoDBDirectory(StoredDirectory):
    """A directory in a table of DynamoDB: one item a user, so that 100 users are one `BatchGetItem`.

    Beside the users' items, the table has one for each endpoint's ID and one for each active address, which say where the
    endpoint is. All that a change touches is written in one `TransactWriteItems`, if it still is what was read; else it is read
    again. More than eight endpoints that are put or deleted at once are changed eight at a time.

    The table has a key `pk`, a string, and no index: `create_table()` makes it. The IAM policy of whoever uses it:

        {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Scan"],
            "Resource": "arn:aws:dynamodb:<region>:<account>:table/<table>"
        }]}

    A sender that only looks up needs `dynamodb:BatchGetItem`; `dynamodb:Scan` is for `endpoints()`, `user_ids()` and
    `export_file()`; `create_table()` needs `dynamodb:CreateTable` and `dynamodb:DescribeTable`.

    Args:
        table: The table's name.
        client: A boto3 client of `dynamodb`; by default one of boto3's default session.

    Source: Amazon DynamoDB API reference, `BatchGetItem` and `TransactWriteItems`; Service Authorization Reference.
    """

    BATCH: int = 8
    _at_once = 8  # a transaction takes 100 items, and an endpoint that takes another's place touches a dozen

    def __init__(self, table: str, *, client: Any = None) -> None:
        from boto3 import client as make_client  # noqa: PLC0415 - for those who use it
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - likewise

        self._table = table
        self._client: Any = make_client("dynamodb") if client is None else client
        self._answered: type[Exception] = ClientError
        self._unanswered: type[Exception] = BotoCoreError

    def create_table(self) -> None:
        """Makes the table, paid by request, and waits until it can be used; one that is there is left as it is.

        Raises:
            DirectoryError: It can't be made.
        """
        try:
            self._call(
                "create_table",
                TableName=self._table,
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
        except self._answered as error:
            if _code(error) != "ResourceInUseException":
                raise self._failed(error) from error
        self._client.get_waiter("table_exists").wait(TableName=self._table, WaiterConfig={"Delay": 1})

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of at most 100 users, by one `BatchGetItem`; users without endpoints are absent.

        Keys that DynamoDB leaves are asked for again.

        Raises:
            DirectoryError: They can't be read, or are still throttled at the last attempt.
        """
        keys = {_user_key(user_id): user_id for user_id in user_ids if user_id}
        items = self._get(keys)
        return {user_id: _endpoints_in(items[key]) for key, user_id in keys.items() if key in items}

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, in no order.

        Raises:
            DirectoryError: They can't be read.
        """
        for item in self._scan():
            yield from _endpoints_in(item)

    def user_ids(self) -> Iterator[str]:
        """Every user's ID, each once, in no order; those that come meanwhile may be missing.

        The whole table is read for it, and paid for.

        Raises:
            DirectoryError: They can't be read.
        """
        values = {":users": {"S": _user_key("")}}
        for item in self._scan(FilterExpression="begins_with(pk, :users)", ExpressionAttributeValues=values):
            text = next(iter(item["endpoints"]["M"].values()))["S"]
            yield read_json(text.encode())["User"]["UserId"]

    def _scan(self, **chosen: Any) -> Iterator[_Item]:
        start: dict[str, Any] = {}
        while True:
            page = self._patiently("scan", TableName=self._table, ConsistentRead=True, **chosen, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def close(self) -> None:
        """Does nothing: the client is its maker's."""

    # --- reading and writing

    def _update(self, wanted: Wanted, decide: Callable[[list[Endpoint]], Changes]) -> None:
        attempt = 0
        while True:
            items = self._read(wanted)
            known = {folded(one.endpoint_id): one for item in items.values() for one in _endpoints_in(item)}
            writes = _writes(self._table, items, known, decide(list(known.values())))
            if not writes:
                return
            try:
                self._call("transact_write_items", TransactItems=writes)
            except self._answered as error:
                attempt += 1
                if attempt == _ATTEMPTS_TO_WRITE or not _is_temporary(error):
                    raise self._failed(error) from error
                _wait(attempt)
            else:
                return

    def _read(self, wanted: Wanted) -> dict[str, _Item]:
        """The items of all endpoints with these IDs, addresses and users, and those that say where they are."""
        pointers = [_id_key(key) for key in wanted.keys] + [_address_key(address) for address in wanted.addresses]
        items = self._get([*pointers, *map(_user_key, wanted.user_ids)])
        active = {_id_key(key["S"]) for item in items.values() for key in item.get("active", {"M": {}})["M"].values()}
        items |= self._get(active - items.keys())
        places = {item["holder"]["S"] for item in items.values() if "holder" in item}
        items |= self._get(places - items.keys())
        # A user's other endpoints are changed only where they give way; then what says where they are is needed too.
        others = {key for item in items.values() for one in _endpoints_in(item) for key in _pointers_of(one)}
        return items | self._get(others - items.keys())

    def _get(self, keys: Iterable[str]) -> dict[str, _Item]:
        """The items that there are, by key.

        Raises:
            DirectoryError: They can't be read, or some are left at the last attempt.
        """
        found: dict[str, _Item] = {}
        pending = list(keys)
        attempt = 0
        while pending:
            some = [{"pk": {"S": key}} for key in pending[:_KEYS_AT_A_TIME]]
            request = {self._table: {"Keys": some, "ConsistentRead": True}}
            answer = self._patiently("batch_get_item", RequestItems=request)
            for item in answer["Responses"].get(self._table, []):
                found[item["pk"]["S"]] = item
            left = [key["pk"]["S"] for key in answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])]
            attempt = attempt + 1 if len(left) == len(some) else 0
            if attempt == _ATTEMPTS:
                raise DirectoryError(f"the table {self._table} of DynamoDB can't be read: {len(left)} keys stay unprocessed")
            if attempt:
                _wait(attempt)
            pending = left + pending[_KEYS_AT_A_TIME:]
        return found

    def _patiently(self, operation: str, **parameters: Any) -> Any:
        """The answer of what reads, asked for again where it is throttled."""
        attempt = 0
        while True:
            try:
                return self._call(operation, **parameters)
            except self._answered as error:  # noqa: PERF203 - of each attempt
                attempt += 1
                if attempt == _ATTEMPTS or _code(error) not in _THROTTLED:
                    raise self._failed(error) from error
                _wait(attempt)

    def _call(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self._client, operation)(**parameters)
        except self._unanswered as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> DirectoryError:
        return DirectoryError(f"the table {self._table} of DynamoDB can't be used: {error}")


def _wait(attempt: int) -> None:
    time.sleep(random.uniform(0, min(_LONGEST_WAIT, 0.02 * 2**attempt)))  # noqa: S311 - jitter


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code"))


def _is_temporary(error: Any) -> bool:
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())} - {None, "None"}
    return reasons <= _TEMPORARY if reasons else _code(error) in _THROTTLED


# --- keys and items


def _key(kind: str, text: str) -> str:
    short = text if len(text.encode()) <= _MAX_KEY else hashlib.sha256(text.encode()).hexdigest()
    return f"{kind}#{short}"


def _user_key(user_id: str) -> str:
    return _key("user", user_id)


def _id_key(key: str) -> str:
    return _key("id", key)


def _address_key(address: str) -> str:
    return _key("address", address)


def _holder_key(key: str, endpoint: Endpoint) -> str:
    """The item that has an endpoint: its user's, or one of its own."""
    user_id = user_id_of(endpoint)
    return _key("lone", key) if user_id is None else _user_key(user_id)


def _pointers_of(endpoint: Endpoint) -> tuple[str, str]:
    return _id_key(folded(endpoint.endpoint_id)), _address_key(endpoint.address)


def _endpoints_in(item: _Item) -> tuple[Endpoint, ...]:
    texts = item["endpoints"]["M"].values() if "endpoints" in item else ()
    return tuple(Endpoint.from_dict(read_json(text["S"].encode())) for text in texts)


def _writes(table: str, items: Mapping[str, _Item], known: Mapping[str, Endpoint], changes: Changes) -> list[_Item]:
    """What a transaction has to write for some changes, each if its item still is the one that was read."""
    after: dict[str, dict[str, Any]] = {}

    def part(pk: str, name: str) -> dict[str, Any]:
        if pk not in after:
            after[pk] = dict(items.get(pk, {}).get(name, {"M": {}})["M"])
        return after[pk]

    holders: dict[str, str | None] = {}
    for key in changes:
        old = known.get(key)
        if old is not None:
            part(_holder_key(key, old), "endpoints").pop(key, None)
            active = part(_address_key(old.address), "active")
            if active.get(old.channel_type.value) == {"S": key}:
                del active[old.channel_type.value]
            holders[_id_key(key)] = None
    for key, endpoint in changes.items():
        if endpoint is not None:
            holders[_id_key(key)] = _holder_key(key, endpoint)
            part(_holder_key(key, endpoint), "endpoints")[key] = {"S": write_json(to_wire(endpoint)).decode()}
            if is_active(endpoint):
                part(_address_key(endpoint.address), "active")[endpoint.channel_type.value] = {"S": key}
    contents: dict[str, _Item | None] = {pk: {"holder": {"S": holder}} if holder else None for pk, holder in holders.items()}
    for pk, map_of_it in after.items():
        name = "active" if pk.startswith("address#") else "endpoints"
        contents[pk] = {name: {"M": map_of_it}} if map_of_it else None
    return [_write(table, pk, items.get(pk), content) for pk, content in contents.items() if pk in items or content]


def _write(table: str, pk: str, old: _Item | None, content: _Item | None) -> _Item:
    action: _Item = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
    version = 0
    if old is not None:
        version = int(old["version"]["N"])
        action |= {"ConditionExpression": "version = :read", "ExpressionAttributeValues": {":read": {"N": str(version)}}}
    if content is None:
        return {"Delete": {**action, "Key": {"pk": {"S": pk}}}}
    return {"Put": {**action, "Item": {"pk": {"S": pk}, "version": {"N": str(version + 1)}, **content}}}
