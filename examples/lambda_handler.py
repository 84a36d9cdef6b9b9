"""A Lambda function that sends what an SQS queue holds: `lambda_handler.handler`, with ReportBatchItemFailures.

A record's body is AWS's JSON of a request, `json.dumps(SendUsersMessageRequest(…, trace_id=str(uuid.uuid4())).to_dict())`; all
requests of one campaign have the same message and trace ID. The environment says where to send from and where journals are.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from pinpoint_users import Journal, PinpointUsers, SendUsersMessageRequest
from pinpoint_users.aws_lambda import SQSHandler


def journal_of(request: SendUsersMessageRequest) -> Journal:
    """The journal of a campaign; a request without a UUID as its trace ID goes to the dead-letter queue."""
    campaign = uuid.UUID(request.trace_id or "")
    return Journal(Path(os.environ["JOURNALS"]) / f"{campaign}.db")


# Made once for each execution environment; it lives through its freezes.
pinpoint = PinpointUsers(os.environ["APPLICATION_ID"])
handler = SQSHandler(pinpoint, journal=journal_of)
