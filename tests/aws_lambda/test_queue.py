"""Real queues, which are moto's: what is polled, handled, deleted or delivered again, as Lambda's poller does it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from aws_lambda.events import body, event, returned
from moto_server import client_of_moto

from pinpoint_users import Journal, RetryPolicy
from pinpoint_users.aws_lambda import SQSHandler
from pinpoint_users.local import LocalPinpoint


@pytest.fixture(scope="module")
def sqs():
    with client_of_moto("sqs") as client:
        yield client


class Context:
    def get_remaining_time_in_millis(self):
        return 60_000


class Queue:
    """A queue with a dead-letter queue behind it, and what Lambda's poller does with it."""

    def __init__(self, sqs, name, *, is_fifo=False):
        suffix, fifo = (".fifo", {"FifoQueue": "true"}) if is_fifo else ("", {})
        self.sqs, self.is_fifo = sqs, is_fifo
        self.dead = sqs.create_queue(QueueName=f"{name}-dead{suffix}", Attributes=fifo)["QueueUrl"]
        redrive = json.dumps({"deadLetterTargetArn": self.arn(self.dead), "maxReceiveCount": "3"})
        self.url = sqs.create_queue(QueueName=f"{name}{suffix}", Attributes={"RedrivePolicy": redrive, **fifo})["QueueUrl"]
        self.deliveries = Counter()

    def arn(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def put(self, text, group="g"):
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": str(hash(text))} if self.is_fifo else {}
        self.sqs.send_message(QueueUrl=self.url, MessageBody=text, **fifo)

    def poll(self, handler, *, forgets_to_delete=False):
        """One invocation; False if there was nothing."""
        messages = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        ).get("Messages", [])
        if not messages:
            return False
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": self.arn(self.url),
                "awsRegion": "eu-west-1",
            }
            for message in messages
        ]
        self.deliveries.update(record["body"] for record in records)
        again = returned(handler(event(*json.loads(json.dumps(records))), Context()))
        for record in records:
            handle = {"QueueUrl": self.url, "ReceiptHandle": record["receiptHandle"]}
            if record["messageId"] in again or forgets_to_delete:
                self.sqs.change_message_visibility(**handle, VisibilityTimeout=0)
            else:
                self.sqs.delete_message(**handle)
        return True

    def dead_letters(self):
        return [
            each["Body"] for each in self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10).get("Messages", [])
        ]


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        for number in range(8):
            local.add_endpoint(
                user_id=f"u-{number}", endpoint_id=f"e-{number}", channel_type="SMS", address=f"+120655501{number:02}"
            )
        yield local


def got(local):
    return [delivery.user_id for delivery in local.deliveries()]


def test_what_a_queue_holds_goes_out_once_and_poison_to_the_dead_letters(sqs, local, tmp_path):
    queue = Queue(sqs, "standard")
    texts = [body("u-1", "u-2"), "{", body("u-3"), body("u-4")]
    for text in texts:
        queue.put(text)
    local.throttle(endpoint_ids=["e-3"], times=1)
    with local.client(retry=RetryPolicy(max_attempts=1)) as client:
        handler = SQSHandler(client, journal=Journal(tmp_path / "run.db"))
        queue.poll(handler, forgets_to_delete=True)  # as where the poller dies after the function: all come again
        while queue.poll(handler):
            pass
    assert sorted(got(local)) == ["u-1", "u-2", "u-3", "u-4"]
    assert queue.dead_letters() == ["{"]
    assert queue.deliveries[texts[0]] == 2
    assert queue.deliveries["{"] == 3


def test_a_fifo_queue_keeps_the_order_of_its_groups(sqs, local, tmp_path):
    queue = Queue(sqs, "ordered", is_fifo=True)
    for number in range(1, 7):
        queue.put(body(f"u-{number}"), group="odd" if number % 2 else "even")
    local.throttle(endpoint_ids=["e-3"], times=2)
    with local.client(retry=RetryPolicy(max_attempts=1)) as client:
        handler = SQSHandler(client, journal=Journal(tmp_path / "run.db"))
        while queue.poll(handler):
            pass
    for parity in (1, 0):
        order = [user for user in got(local) if int(user[2:]) % 2 == parity]
        assert order == sorted(order)
    assert len(got(local)) == 6
    assert queue.dead_letters() == []
