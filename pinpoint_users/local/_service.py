"""The service behind both doors: an operation by name, its parameters and its body in, a reply out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import attrs

from pinpoint_users._limits import MAX_PAYLOAD, MAX_USERS
from pinpoint_users._serialization import from_wire, to_wire
from pinpoint_users.errors import ValidationError
from pinpoint_users.local._delivery import row_of
from pinpoint_users.local._endpoints import TooManyEndpointsError, now, update_endpoint
from pinpoint_users.local._engine import Sending
from pinpoint_users.local._faults import Break, Faults, RequestFault
from pinpoint_users.local._shapes import CreateApplicationRequest, EndpointBatchRequest, EndpointRequest, MessageRequest
from pinpoint_users.local._store import Store
from pinpoint_users.messages.configuration import TemplateConfiguration
from pinpoint_users.messages.request import SendUsersMessageRequest

T = TypeVar("T")
Parameters: TypeAlias = Mapping[str, str]
"""The parameters of the path and the query, by AWS's names."""

ERROR_NAMES = {
    400: "BadRequestException",
    403: "ForbiddenException",
    404: "NotFoundException",
    405: "MethodNotAllowedException",
    413: "PayloadTooLargeException",
    429: "TooManyRequestsException",
    500: "InternalServerErrorException",
    503: "ServiceUnavailableException",
}
"""AWS's names of the errors. 503 isn't in the service's model; it comes from what stands before the service."""

_NO_TEMPLATES = TemplateConfiguration()


class RefusedError(Exception):
    """An answer with an error's status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@attrs.frozen(kw_only=True)
class Reply:
    """What a door hands to its client."""

    ends: Break = "answer"
    status: int
    body: bytes
    content_type: str = "application/json"
    request_id: str

    @property
    def error_name(self) -> str | None:
        """AWS's name of the error, or None for a success."""
        return None if self.status < 300 else ERROR_NAMES.get(self.status, "UnknownError")


def error_reply(status: int, message: str, request_id: str | None = None) -> Reply:
    """AWS's answer for an error."""
    request_id = request_id or str(uuid.uuid4())
    return Reply(status=status, body=_json({"Message": message, "RequestID": request_id}), request_id=request_id)


class Service:
    """Amazon Pinpoint, as far as it is here."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    def call(self, operation: str, parameters: Parameters, body: bytes) -> Reply:
        """Carries out one request.

        Args:
            operation: AWS's name, a key of `OPERATIONS`.
            parameters: The parameters of the path and the query, by AWS's names.
            body: The body of the HTTP request.
        """
        request_id = str(uuid.uuid4())
        fault = self._faults.take(operation) if operation in _SENDS else None
        if fault is None:
            return self._answer(operation, parameters, body, request_id)
        reply = self._answer(operation, parameters, body, request_id) if fault.accept else None
        return _broken(fault, reply, request_id)

    def _answer(self, operation: str, parameters: Parameters, body: bytes, request_id: str) -> Reply:
        try:
            _check_size(body, "request")
            with self._store.transaction():
                answer = _json(OPERATIONS[operation].carry_out(self, parameters, body, request_id))
                _check_size(answer, "answer")
        except RefusedError as refusal:
            return error_reply(refusal.status, refusal.message, request_id)
        except (ValidationError, TooManyEndpointsError) as error:
            return error_reply(400, str(error), request_id)
        except UnicodeEncodeError:
            return error_reply(400, "A string holds half a surrogate pair, which isn't text.", request_id)
        return Reply(status=OPERATIONS[operation].status, body=answer, request_id=request_id)

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

    def _update(self, application_id: str, endpoint_id: str, request: EndpointRequest, request_id: str) -> None:
        if not endpoint_id or any(character in endpoint_id for character in "${}"):
            raise RefusedError(400, "An endpoint ID has at least one character and none of '$', '{' and '}'.")
        update_endpoint(self._store, application_id, endpoint_id, request, request_id)

    def get_endpoint(self, parameters: Parameters, _body: bytes, _request_id: str) -> Mapping[str, Any]:
        """GetEndpoint."""
        endpoint_id = parameters["endpoint-id"]
        found = self._store.endpoints(self._application(parameters)["Id"], [endpoint_id])
        if not found:
            raise RefusedError(404, f"There is no endpoint {endpoint_id}.")
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
            raise RefusedError(404, f"There are no endpoints of user {user_id}.")
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
            raise RefusedError(400, f"{len(addresses) + len(endpoints)} recipients, at most {MAX_USERS} are allowed.")
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
            raise RefusedError(400, "There is no such template: this embedded service keeps none.")
        application_id = self._application(parameters)["Id"]
        return Sending(request, application_id=application_id, request_id=request_id, faults=self._faults)

    def _application(self, parameters: Parameters) -> Mapping[str, Any]:
        application_id = parameters["application-id"]
        found = self._store.application(application_id)
        if found is None:
            raise RefusedError(404, f"There is no application {application_id}.")
        return found


def _broken(fault: RequestFault, reply: Reply | None, request_id: str) -> Reply:
    """The reply that a fault makes of what would have been answered."""
    if fault.body is not None:
        return Reply(
            ends=fault.ends, status=fault.status, body=fault.body, content_type=fault.content_type, request_id=request_id
        )
    if fault.status != 200:
        return error_reply(fault.status, "A scripted fault.", request_id)
    if reply is None:
        return Reply(ends=fault.ends, status=200, body=b"", request_id=request_id)
    return attrs.evolve(reply, ends=fault.ends)


def _check_size(payload: bytes, name: str) -> None:
    if len(payload) > MAX_PAYLOAD:
        raise RefusedError(413, f"The {name} is {len(payload):,} bytes or more, at most {MAX_PAYLOAD:,} are allowed.")


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"The body isn't JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise RefusedError(400, "The body isn't a JSON object.")
    return parsed


def _number(parameters: Parameters, name: str, *, default: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise RefusedError(400, f"{name} must be a number.")
    return int(text)


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode("ascii")


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


_APPS, _APP = "/v1/apps", "/v1/apps/{application-id}"
_ENDPOINT, _USER = f"{_APP}/endpoints/{{endpoint-id}}", f"{_APP}/users/{{user-id}}"
_SENDS = frozenset({"SendMessages", "SendUsersMessages"})

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
}
"""Every operation, by AWS's name; methods, paths and statuses as in botocore's model."""
