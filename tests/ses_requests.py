"""Requests for SES v2, and what its answers say."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

FROM = "Us <us@example.com>"

SIMPLE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hi"}, "Html": {"Data": "<b>Hi</b>"}}}

INLINE = {"Subject": "Hello {{name}}", "Text": "Hi {{ name }}", "Html": "<b>{{name}}</b>"}


def mail(**content):
    return {"FromEmailAddress": FROM, "Destination": {"ToAddresses": ["ann@example.com"]}, "Content": content}


def inline(texts=INLINE, data=None, **members):
    return {"TemplateContent": texts, "TemplateData": json.dumps(data or {}), **members}


def bulk(*entries, template=None, **members):
    return {
        "FromEmailAddress": FROM,
        "DefaultContent": {"Template": template or inline()},
        "BulkEmailEntries": list(entries),
        **members,
    }


def entry(address="ann@example.com", data=None, **members):
    own = {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps({"name": "Ann"} if data is None else data)}}
    return {"Destination": {"ToAddresses": [address]}, "ReplacementEmailContent": own, **members}


def statuses(ses, *entries, **members):
    return [result["Status"] for result in ses.send_bulk_email(**bulk(*entries, **members))["BulkEmailEntryResults"]]


def words(call, **parameters):
    """The status, name and words of the error that a call comes to."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]
