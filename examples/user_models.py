"""Sends to the users of an application's own tables: a directory is one function over SQLAlchemy's models.

Nothing is copied: each hundred users are looked up when their turn comes. A dead token is the application's to delete, from the
report. It takes SQLAlchemy 2: `pip install sqlalchemy`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload
from sqlalchemy.pool import StaticPool

from pinpoint_users import DirectMessageConfiguration, GCMMessage, SMSMessage
from pinpoint_users.endpoints import Endpoint, EndpointUser
from pinpoint_users.local import LocalPinpoint


class Model(DeclarativeBase):
    """The base of the application's models."""


class User(Model):
    """A user, who may have a phone number."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    wants_sms: Mapped[bool] = mapped_column(default=True)
    devices: Mapped[list[Device]] = relationship(back_populates="user")


class Device(Model):
    """A device, whose address is its token."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="devices")


message = DirectMessageConfiguration(
    gcm_message=GCMMessage(title="{{User.UserAttributes.Name}}, your parcel is here"),
    sms_message=SMSMessage(body="{{User.UserAttributes.Name}}, your parcel is here."),
)
# Threads of the client look up: a database in memory is one connection's, so they share it. Others need no `poolclass`.
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


def endpoints_of(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
    """The directory: the endpoints of at most 100 users, by two queries."""
    query = select(User).where(User.id.in_(user_ids)).options(selectinload(User.devices))
    with Session(engine) as session:
        return {user.id: endpoints(user) for user in session.scalars(query)}


def endpoints(user: User) -> list[Endpoint]:
    """What of a user can be sent to."""
    about = EndpointUser.builder().user_id(user.id).user_attribute("Name", user.name).build()
    found = [Endpoint(id=device.id, channel_type="GCM", address=device.address, user=about) for device in user.devices]
    if user.phone is not None and user.wants_sms:
        found.append(Endpoint(id=f"phone-{user.id}", channel_type="SMS", address=user.phone, user=about))
    return found


def uninstall(answer: dict[str, Any]) -> dict[str, Any]:
    """Makes the embedded service answer as the push service does once the app is gone from Cy's device."""
    answer["Result"]["token-3"] = {"DeliveryStatus": "PERMANENT_FAILURE", "StatusCode": 410, "StatusMessage": "Unregistered"}
    return answer


def main() -> None:
    """Fills the tables, sends by an embedded service that finds a token dead, and deletes that device."""
    Model.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add_all(
            [
                User(id="u-1", name="Ann", phone="+12065550100", devices=[Device(id="d-1", address="token-1")]),
                User(id="u-2", name="Bo", phone="+12065550101", wants_sms=False),
                User(id="u-3", name="Cy", devices=[Device(id="d-3", address="token-3")]),
            ]
        )

    with LocalPinpoint() as local, local.client(directory=endpoints_of) as pinpoint:
        local.alter_next(uninstall)
        report = pinpoint.send(message, ["u-1", "u-2", "u-3"])

    with Session(engine) as session, session.begin():
        for dead in report.retired:
            device = session.get(Device, dead.endpoint_id)
            if device is not None and device.address == dead.address:
                session.delete(device)
                print(f"{device.id} is deleted")
    for user in report.users.values():
        print(f"{user.user_id}: {user.outcome}{f', {user.reason}' if user.reason else ''}")


if __name__ == "__main__":
    main()
