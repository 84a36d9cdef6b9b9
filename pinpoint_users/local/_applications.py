"""Applications: `CreateApp`, `GetApp`, `GetApps`, `DeleteApp`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from pinpoint_users._shapes.reading import from_wire
from pinpoint_users.directory.rules import now
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._shapes import CreateApplicationRequest
from pinpoint_users.local._store import Store

ARN = "arn:aws:mobiletargeting:us-east-1:000000000000"
"""How the ARN of everything that is kept begins."""


def add_application(store: Store, application_id: str, name: str, tags: Mapping[str, str]) -> Answer:
    """Adds an application, inside a transaction."""
    document = {
        "Arn": f"{ARN}:apps/{application_id}",
        "CreationDate": now(),
        "Id": application_id,
        "Name": name,
        "tags": dict(tags),
    }
    store.put_application(document)
    return document


def create_app(call: Call) -> Answer:
    """CreateApp."""
    members = {("Tags" if name == "tags" else name): value for name, value in call.json().items()}
    request = from_wire(CreateApplicationRequest, members)
    return add_application(call.store, uuid.uuid4().hex, request.name, request.tags or {})


def get_app(call: Call) -> Answer:
    """GetApp."""
    return call.application()


def get_apps(call: Call) -> Answer:
    """GetApps, a page at a time."""
    return call.page_of(call.store.applications())


def delete_app(call: Call) -> Answer:
    """DeleteApp."""
    application = call.application()
    call.store.delete_application(application["Id"])
    return application
