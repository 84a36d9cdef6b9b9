"""The same program through boto3."""

import sys

import boto3

url = sys.argv[1] if len(sys.argv) > 1 else None
pinpoint = boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=url)
if url:
    response = pinpoint.send_users_messages(
        ApplicationId="application-id",
        SendUsersMessageRequest={
            "MessageConfiguration": {"SMSMessage": {"Body": "Your code is {{code}}", "MessageType": "TRANSACTIONAL"}},
            "Users": {"u-0000001": {"Substitutions": {"code": ["123456"]}}},
        },
    )
    for endpoints in response["SendUsersMessageResponse"]["Result"].values():
        for endpoint in endpoints.values():
            if endpoint["DeliveryStatus"] != "SUCCESSFUL":
                raise RuntimeError(endpoint.get("StatusMessage"))
