"""The service behind both doors: an operation by name, its parameters and its body in, a reply out."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import attrs

from pinpoint_users._shapes.limits import MAX_PAYLOAD, MAX_USERS
from pinpoint_users._shapes.reading import from_wire
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.directory.rules import now
from pinpoint_users.endpoints import EndpointBatchItem, EndpointRequest
from pinpoint_users.errors import ValidationError
from pinpoint_users.local._delivery import row_of
from pinpoint_users.local._endpoints import TooManyEndpointsError, update_endpoint
from pinpoint_users.local._engine import Sending
from pinpoint_users.local._faults import Faults, RequestFault
from pinpoint_users.local._quota import Quota
from pinpoint_users.local._reply import (
    PINPOINT,
    SES,
    TEXT_MESSAGING,
    Dialect,
    ErrorReplyError,
    Reply,
    as_json,
    broken_reply,
    error_reply,
    refusal_text,
)
from pinpoint_users.local._ses import MAX_MESSAGE, EmailSending, account
from pinpoint_users.local._shapes import CreateApplicationRequest, EndpointBatchRequest, MessageRequest
from pinpoint_users.local._store import Store
from pinpoint_users.local._text_messaging import TextSending
from pinpoint_users.messages.configuration import TemplateConfiguration
from pinpoint_users.messages.request import SendUsersMessageRequest

T = TypeVar("T")
Parameters: TypeAlias = Mapping[str, str]
"""The parameters of the path and the query, by AWS's names."""

_NO_TEMPLATES = TemplateConfiguration()
_UNANSWERED = frozenset({"hang", "drop", "refuse"})


class Service:
    """Amazon Pinpoint, SES v2, and SMS and voice version 2, as far as they are here, behind one kind of door.

    Args:
        store: What it keeps.
        faults: What is to go wrong.
        clock: The door's time, in seconds.
    """

    def __init__(self, store: Store, faults: Faults, clock: Callable[[], float]) -> None:
        self.quota: Quota = Quota(clock)
        """What it takes in a second."""
        self._store = store
        self._faults = faults
        self._lock = threading.Lock()
        self._counts: Counter[int | None] = Counter()

    @property
    def store(self) -> Store:
        """What it keeps."""
        return self._store

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self._faults

    def meet(self, operation: str) -> RequestFault | None:
        """What goes wrong with a request, which is known as soon as it comes: the quota goes before the script."""
        if operation not in _SENDS:
            return self._faults.take(operation, only_by_name=True) if operation == "GetAccount" else None
        if self.quota.takes_request():
            return self._faults.take(operation)
        words = OPERATIONS[operation].dialect.rate_exceeded
        return RequestFault(ends="answer", accept=False, operation=None, status=429, message=words)

    def call(self, operation: str, parameters: Parameters, body: bytes, fault: RequestFault | None) -> Reply:
        """Carries out one request.

        Args:
            operation: AWS's name, a key of `OPERATIONS`.
            parameters: The parameters of the path and the query, by AWS's names.
            body: The body of the HTTP request.
            fault: What `meet()` said of it.
        """
        request_id = str(uuid.uuid4())
        if fault is None:
            reply = self._answer(operation, parameters, body, request_id)
        else:
            planned = self._answer(operation, parameters, body, request_id) if fault.accept else None
            reply = broken_reply(fault, planned, request_id, OPERATIONS[operation].dialect)
            if planned is not None:
                with self._store.transaction():
                    self._store.change_answer(request_id, (reply.ends, reply.status, reply.body))
        if operation in _SENDS:
            with self._lock:
                self._counts[None if reply.ends in _UNANSWERED else reply.status] += 1
        return reply

    def counts(self) -> Counter[int | None]:
        """How many sends were answered with each status; those without an answer under None."""
        with self._lock:
            return self._counts.copy()

    def clear_counts(self) -> None:
        """Starts counting anew."""
        with self._lock:
            self._counts.clear()

    def _answer(self, name: str, parameters: Parameters, body: bytes, request_id: str) -> Reply:
        operation = OPERATIONS[name]
        dialect = operation.dialect
        try:
            _check_size(body, "request", operation.max_body)
            with self._store.transaction():
                answer = as_json(operation.carry_out(self, parameters, body, request_id))
                _check_size(answer, "answer", MAX_PAYLOAD)
                if name in _SENDS:
                    self._store.put_exchange(request_id, now(), name, body, ("answer", operation.status, answer))
        except ErrorReplyError as refusal:
            return error_reply(
                refusal.status, refusal.message, request_id, refusal.code, dialect=dialect, members=refusal.members
            )
        except ValidationError as error:
            return error_reply(400, refusal_text(error), request_id)
        except TooManyEndpointsError as error:
            return error_reply(400, str(error), request_id)
        except UnicodeEncodeError:
            return error_reply(400, "A string holds a lone surrogate, which isn't text.", request_id, dialect=dialect)
        return Reply(status=operation.status, body=answer, content_type=dialect.content_type, request_id=request_id)

    # --- applications

    def create_app(self, _parameters: Parameters, body: bytes, _request_id: str) -> Mapping[str, Any]:
        """CreateApp."""
        members = {("Tags" if name == "tags" else name): value for name, value in _object(body).items()}
        request = from_wire(CreateApplicationRequest, members)
        return self.add_application(uuid.uuid4().hex, request.name, request.tags or {})

    def add_application(self, application_id: str, name: str, tags: Mapping[str, str]) -> Mapping[str, Any]:
        """Adds an application, inside a transaction."""
        document = {
            "Arn": f"arn:aws:mobiletargeting:us-east-1:000000000000:apps/{application_id}",
            "CreationDate": now(),
            "Id": application_id,
            "Name": name,
            "tags": dict(tags),
        }
        self._store.put_application(document)
        return document

    def get_app(self, parameters: Parameters, _body: bytes, _request_id: str) -> Mapping[str, Any]:
        """GetApp."""
        return self._application(parameters)

    def get_apps(self, parameters: Parameters, _body: bytes, _request_id: str) -> Mapping[str, Any]:
        """GetApps, a page at a time."""
        size, start = _number(parameters, "page-size", default=100), _number(parameters, "token", default=0)
        applications = self._store.applications()
        if not size:
            raise ErrorReplyError(400, "page-size must be at least 1.")
        page: dict[str, Any] = {"Item": applications[start : start + size]}
        if start + size < len(applications):
            page["NextToken"] = str(start + size)
        return page

    def delete_app(self, parameters: Parameters, _body: bytes, _request_id: str) -> Mapping[str, Any]:
        """DeleteApp."""
        application = self._application(parameters)
        self._store.delete_application(application["Id"])
        return application

    # --- endpoints

    def update_endpoint(self, parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """UpdateEndpoint."""
        request = from_wire(EndpointRequest, _object(body))
        self._update(self._application(parameters)["Id"], parameters["endpoint-id"], request, request_id)
        return {"Message": "Accepted", "RequestID": request_id}

    def update_endpoints_batch(self, parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """UpdateEndpointsBatch: all or none."""
        request = from_wire(EndpointBatchRequest, _object(body))
        application_id = self._application(parameters)["Id"]
        for endpoint in request.item:
            self._update(application_id, endpoint.id or "", endpoint, request_id)
        return {"Message": "Accepted", "RequestID": request_id}

    def _update(
        self, application_id: str, endpoint_id: str, request: EndpointRequest | EndpointBatchItem, request_id: str
    ) -> None:
        if not endpoint_id or any(character in endpoint_id for character in "${}"):
            raise ErrorReplyError(400, "An endpoint ID has at least one character and none of '$', '{' and '}'.")
        update_endpoint(self._store, application_id, endpoint_id, request, request_id)

    def get_endpoint(self, parameters: Parameters, _body: bytes, _request_id: str) -> Mapping[str, Any]:
        """GetEndpoint."""
        endpoint_id = parameters["endpoint-id"]
        found = self._store.endpoints(self._application(parameters)["Id"], [endpoint_id])
        if not found:
            raise ErrorReplyError(404, f"There is no endpoint {endpoint_id}.")
        return found[endpoint_id]

    def delete_endpoint(self, parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """DeleteEndpoint."""
        endpoint = self.get_endpoint(parameters, body, request_id)
        self._store.delete_endpoints(endpoint["ApplicationId"], [endpoint["Id"]])
        return endpoint

    def get_user_endpoints(self, parameters: Parameters, _body: bytes, _request_id: str) -> Mapping[str, Any]:
        """GetUserEndpoints."""
        user_id = parameters["user-id"]
        found = self._store.endpoints_of_users(self._application(parameters)["Id"], [user_id])
        if not found:
            raise ErrorReplyError(404, f"There are no endpoints of user {user_id}.")
        return {"Item": found[user_id]}

    def delete_user_endpoints(self, parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """DeleteUserEndpoints."""
        found = self.get_user_endpoints(parameters, body, request_id)
        self._store.delete_endpoints(parameters["application-id"], [endpoint["Id"] for endpoint in found["Item"]])
        return found

    # --- messages

    def send_users_messages(self, parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """SendUsersMessages."""
        request = from_wire(SendUsersMessageRequest, _object(body))
        sending = self._sending(parameters, request, request_id)
        endpoints = self._store.endpoints_of_users(parameters["application-id"], request.users)
        results = sending.to_users(request.users, endpoints)
        self._store.put_deliveries(map(row_of, sending.deliveries))
        return {
            "ApplicationId": parameters["application-id"],
            "RequestId": request_id,
            "Result": {user_id: _wires(user) for user_id, user in results.items()},
        }

    def send_messages(self, parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """SendMessages."""
        request = from_wire(MessageRequest, _object(body))
        addresses, endpoints = request.addresses or {}, request.endpoints or {}
        if len(addresses) + len(endpoints) > MAX_USERS:
            raise ErrorReplyError(400, f"{len(addresses) + len(endpoints)} recipients, at most {MAX_USERS} are allowed.")
        sending = self._sending(parameters, request, request_id)
        to_addresses = sending.to_addresses(addresses)
        to_endpoints = sending.to_endpoints(endpoints, self._store.endpoints(parameters["application-id"], endpoints))
        self._store.put_deliveries(map(row_of, sending.deliveries))
        answer: dict[str, Any] = {"ApplicationId": parameters["application-id"], "RequestId": request_id}
        if addresses:
            results = _wires(to_addresses)
            answer["Result"] = {address: _without_address(result) for address, result in results.items()}
        if endpoints:
            answer["EndpointResult"] = _wires(to_endpoints)
        return answer

    def _sending(self, parameters: Parameters, request: SendUsersMessageRequest | MessageRequest, request_id: str) -> Sending:
        if (request.template_configuration or _NO_TEMPLATES) != _NO_TEMPLATES:
            raise ErrorReplyError(400, "There is no such template: this embedded service keeps none.")
        application_id = self._application(parameters)["Id"]
        return Sending(request, application_id=application_id, request_id=request_id, faults=self._faults, quota=self.quota)

    # --- what followed on Pinpoint

    def send_email(self, _parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """SendEmail."""
        sending = EmailSending(request_id=request_id, faults=self._faults, quota=self.quota)
        answer = sending.send(_object(body))
        self._store.put_deliveries(map(row_of, sending.deliveries))
        return answer

    def send_bulk_email(self, _parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """SendBulkEmail."""
        sending = EmailSending(request_id=request_id, faults=self._faults, quota=self.quota)
        answer = sending.send_bulk(_object(body))
        self._store.put_deliveries(map(row_of, sending.deliveries))
        return answer

    def get_account(self, _parameters: Parameters, _body: bytes, _request_id: str) -> Mapping[str, Any]:
        """GetAccount."""
        sent = sum(row["channel_type"] == "EMAIL" and not row["application_id"] for row in self._store.deliveries())
        return account(self.quota, sent)

    def send_text_message(self, _parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """SendTextMessage."""
        return self._text("SendTextMessage", body, request_id)

    def send_voice_message(self, _parameters: Parameters, body: bytes, request_id: str) -> Mapping[str, Any]:
        """SendVoiceMessage."""
        return self._text("SendVoiceMessage", body, request_id)

    def _text(self, operation: str, body: bytes, request_id: str) -> Mapping[str, Any]:
        sending = TextSending(request_id=request_id, faults=self._faults, quota=self.quota)
        answer = sending.send(operation, _object(body))
        self._store.put_deliveries(map(row_of, sending.deliveries))
        return answer

    def _application(self, parameters: Parameters) -> Mapping[str, Any]:
        application_id = parameters["application-id"]
        found = self._store.application(application_id)
        if found is None:
            raise ErrorReplyError(404, f"There is no application {application_id}.")
        return found


def _check_size(payload: bytes, name: str, most: int) -> None:
    if len(payload) > most:
        raise ErrorReplyError(413, f"The {name} is {len(payload):,} bytes or more, at most {most:,} are allowed.")


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ErrorReplyError(400, f"The body isn't JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise ErrorReplyError(400, "The body isn't a JSON object.")
    return parsed


def _number(parameters: Parameters, name: str, *, default: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ErrorReplyError(400, f"{name} must be a number of at most 9 digits.")
    return int(text)


def _wires(results: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: to_wire(result) for key, result in results.items()}


def _without_address(result: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "Address"}


@attrs.frozen
class Operation:
    """Where HTTP finds an operation, and what carries it out."""

    method: str
    path: str
    status: int
    carry_out: Callable[[Service, Parameters, bytes, str], Mapping[str, Any]]
    dialect: Dialect = PINPOINT
    max_body: int = MAX_PAYLOAD
    target: str | None = None
    """The header `X-Amz-Target`, where it tells the operation."""


_APPS, _APP = "/v1/apps", "/v1/apps/{application-id}"
_ENDPOINT, _USER = f"{_APP}/endpoints/{{endpoint-id}}", f"{_APP}/users/{{user-id}}"
_EMAILS, _TARGET = "/v2/email", "PinpointSMSVoiceV2"
_SENDS = frozenset({"SendMessages", "SendUsersMessages", "SendEmail", "SendBulkEmail", "SendTextMessage", "SendVoiceMessage"})

OPERATIONS: dict[str, Operation] = {
    "CreateApp": Operation("POST", _APPS, 201, Service.create_app),
    "GetApps": Operation("GET", _APPS, 200, Service.get_apps),
    "GetApp": Operation("GET", _APP, 200, Service.get_app),
    "DeleteApp": Operation("DELETE", _APP, 200, Service.delete_app),
    "UpdateEndpoint": Operation("PUT", _ENDPOINT, 202, Service.update_endpoint),
    "UpdateEndpointsBatch": Operation("PUT", f"{_APP}/endpoints", 202, Service.update_endpoints_batch),
    "GetEndpoint": Operation("GET", _ENDPOINT, 200, Service.get_endpoint),
    "DeleteEndpoint": Operation("DELETE", _ENDPOINT, 202, Service.delete_endpoint),
    "GetUserEndpoints": Operation("GET", _USER, 200, Service.get_user_endpoints),
    "DeleteUserEndpoints": Operation("DELETE", _USER, 202, Service.delete_user_endpoints),
    "SendMessages": Operation("POST", f"{_APP}/messages", 200, Service.send_messages),
    "SendUsersMessages": Operation("POST", f"{_APP}/users-messages", 200, Service.send_users_messages),
    "SendEmail": Operation("POST", f"{_EMAILS}/outbound-emails", 200, Service.send_email, SES, MAX_MESSAGE),
    "SendBulkEmail": Operation("POST", f"{_EMAILS}/outbound-bulk-emails", 200, Service.send_bulk_email, SES, MAX_MESSAGE),
    "GetAccount": Operation("GET", f"{_EMAILS}/account", 200, Service.get_account, SES),
    "SendTextMessage": Operation(
        "POST", "/", 200, Service.send_text_message, TEXT_MESSAGING, target=f"{_TARGET}.SendTextMessage"
    ),
    "SendVoiceMessage": Operation(
        "POST", "/", 200, Service.send_voice_message, TEXT_MESSAGING, target=f"{_TARGET}.SendVoiceMessage"
    ),
}
"""Every operation, by AWS's name; methods, paths and statuses as in botocore's model."""
