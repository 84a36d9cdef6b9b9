"""One-time passwords: `SendOTPMessage`, `VerifyOTPMessage`.

Source: Amazon Pinpoint developer guide, "Sending and validating one-time passwords"; the text is that guide's.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from pinpoint_users._shapes.reading import from_wire
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._messages import send_to
from pinpoint_users.local._reply import ErrorReplyError
from pinpoint_users.local._shapes import MessageRequest

_TEXT = "This is your One Time Password: {{otp}} from {{brand}}"
_LENGTHS = {"BrandName": 20, "ReferenceId": 48}
_RANGES = {"AllowedAttempts": (1, 5, 3), "CodeLength": (5, 8, 6), "ValidityPeriod": (1, 60, 15)}
"""The least, the most and the default of attempts, digits and minutes."""


def send_otp_message(call: Call) -> Answer:
    """SendOTPMessage: an SMS, which throttles and fails as any other. It takes the place of an earlier code."""
    application_id, request = call.application()["Id"], call.checked_json()
    _check(request)
    numbers = {name: request.get(name) or default for name, (_, _, default) in _RANGES.items()}
    code = "".join(secrets.choice("0123456789") for _ in range(numbers["CodeLength"]))
    number = request["DestinationIdentity"]
    sms = {
        "Body": _TEXT,
        "EntityId": request.get("EntityId"),
        "MessageType": "TRANSACTIONAL",
        "OriginationNumber": request["OriginationIdentity"],
        "Substitutions": {"brand": [request["BrandName"]], "otp": [code]},
        "TemplateId": request.get("TemplateId"),
    }
    message = {"SMSMessage": {name: value for name, value in sms.items() if value is not None}}
    answer = send_to(
        call, from_wire(MessageRequest, {"Addresses": {number: {"ChannelType": "SMS"}}, "MessageConfiguration": message})
    )
    kept = {
        "Attempts": numbers["AllowedAttempts"],
        "Code": code,
        "Until": time.time() + 60 * numbers["ValidityPeriod"],
    }
    call.store.forget_passwords(time.time())
    call.store.put_password(application_id, number, request["ReferenceId"], kept)
    return answer


def verify_otp_message(call: Call) -> Answer:
    """VerifyOTPMessage: valid once, within its time and its attempts."""
    application_id, request = call.application()["Id"], call.checked_json()
    key = application_id, request["DestinationIdentity"], request["ReferenceId"]
    kept = call.store.password(*key)
    if kept is None:
        return {"Valid": False}
    is_valid = time.time() < kept["Until"] and secrets.compare_digest(kept["Code"].encode(), request["Otp"].encode())
    attempts = kept["Attempts"] - 1
    if is_valid or not attempts:
        call.store.delete_password(*key)
    else:
        call.store.put_password(*key, {**kept, "Attempts": attempts})
    return {"Valid": is_valid}


def _check(request: dict[str, Any]) -> None:
    if request["Channel"] != "SMS":
        raise ErrorReplyError(400, f"The channel is SMS, not {request['Channel']}.")
    for name, most in _LENGTHS.items():
        if not 1 <= len(request[name]) <= most:
            raise ErrorReplyError(400, f"{name} has from 1 to {most} characters.")
    for name, (least, most, _) in _RANGES.items():
        if request.get(name) is not None and not least <= request[name] <= most:
            raise ErrorReplyError(400, f"{name} is from {least} to {most}.")
