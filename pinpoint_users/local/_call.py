"""One call of an operation: what was asked, and what the service has to answer it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from pinpoint_users._shapes.json_text import read_json
from pinpoint_users.local._constraints import told, violations
from pinpoint_users.local._faults import Faults
from pinpoint_users.local._quota import Quota
from pinpoint_users.local._reply import ErrorReplyError
from pinpoint_users.local._store import Store

Parameters: TypeAlias = Mapping[str, str]
"""The parameters of the path and the query, by AWS's names."""
Answer: TypeAlias = Mapping[str, Any]
"""What is answered, in AWS's shape."""


@attrs.frozen(kw_only=True)
class Call:
    """One call, inside a transaction of the store."""

    operation: str
    """AWS's name of the operation."""
    parameters: Parameters
    body: bytes
    request_id: str
    store: Store
    faults: Faults
    quota: Quota

    def json(self) -> dict[str, Any]:
        """The body, as the JSON object that it is.

        Raises:
            ErrorReplyError: It isn't one.
        """
        try:
            parsed = read_json(self.body)
        except (ValueError, RecursionError) as error:
            raise ErrorReplyError(400, f"The body isn't JSON: {error}") from error
        if not isinstance(parsed, dict):
            raise ErrorReplyError(400, "The body isn't a JSON object.")
        return parsed

    def checked_json(self) -> dict[str, Any]:
        """The body, held against AWS's own model.

        Raises:
            ErrorReplyError: What is wrong with it.
        """
        request = self.json()
        found = violations(self.operation, request)
        if found:
            raise ErrorReplyError(400, told(found))
        return request

    def application(self) -> Mapping[str, Any]:
        """The application that the path names.

        Raises:
            ErrorReplyError: There is none of that ID.
        """
        application_id = self.parameters["application-id"]
        found = self.store.application(application_id)
        if found is None:
            raise ErrorReplyError(404, f"There is no application {application_id}.")
        return found

    def accepted(self) -> Answer:
        """What AWS answers where there is nothing else to say."""
        return {"Message": "Accepted", "RequestID": self.request_id}

    def page_of(self, items: list[Any], token_name: str = "token") -> dict[str, Any]:  # noqa: S107 - a parameter's name
        """The part of a list that is asked for, by `page-size` and the token of the page before.

        Raises:
            ErrorReplyError: They aren't numbers.
        """
        size, start = self._number("page-size", 100), self._number(token_name, 0)
        if not size:
            raise ErrorReplyError(400, "page-size must be at least 1.")
        page: dict[str, Any] = {"Item": items[start : start + size]}
        if start + size < len(items):
            page["NextToken"] = str(start + size)
        return page

    def _number(self, name: str, default: int) -> int:
        text = self.parameters.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise ErrorReplyError(400, f"{name} must be a number of at most 9 digits.")
        return int(text)
