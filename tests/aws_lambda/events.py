"""Events as Lambda makes them of SQS's records. Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS"."""

from __future__ import annotations

import hashlib
import json
import uuid


def body(*users, text="hello", **more):
    """A record's body: a request in AWS's JSON."""
    message = {"SMSMessage": {"Body": text, "MessageType": "TRANSACTIONAL"}}
    return json.dumps({"MessageConfiguration": message, "Users": {user: {} for user in users}, **more})


def record(text, *, message_id=None, group=None, count=1):
    """A record with a body, of a standard queue or of a message group."""
    attributes = {
        "ApproximateReceiveCount": str(count),
        "SentTimestamp": "1545082649183",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
    }
    name = "my-queue"
    if group is not None:
        name = "my-queue.fifo"
        attributes |= {
            "SequenceNumber": "18849496460467696128",
            "MessageGroupId": group,
            "MessageDeduplicationId": str(uuid.uuid4()),
        }
    return {
        "messageId": message_id or str(uuid.uuid4()),
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": text,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(str(text).encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-2:123456789012:{name}",
        "awsRegion": "us-east-2",
    }


def event(*records):
    return {"Records": list(records)}


def returned(answer):
    """The IDs of the records that an answer names; SQS takes nothing else for an answer."""
    assert answer.keys() == {"batchItemFailures"}
    assert all(item.keys() == {"itemIdentifier"} for item in answer["batchItemFailures"])
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]
