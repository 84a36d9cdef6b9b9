"""The rules of Pinpoint's endpoint store, in one place for all directories.

Source: Amazon Pinpoint developer guide, "Quotas" and "Manage the maximum number of endpoints"; API reference,
`EndpointResponse`.
"""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

import attrs

from pinpoint_users._shapes.json_text import write_json
from pinpoint_users._shapes.unseen import unseen
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.endpoints import Endpoint, EndpointUser
from pinpoint_users.enums import ChannelType
from pinpoint_users.errors import Fault

MAX_ENDPOINTS = 15
"""Endpoints of one user."""
MAX_NAME = 50
"""Characters of an attribute's or metric's name."""
MAX_VALUE = 100
"""Characters of an attribute's value."""
MAX_VALUES = 50
"""Values of one attribute."""
MAX_SIZE = 15_360
"""Bytes of one endpoint's JSON (15 KB)."""
MAX_LOOKED_UP = 100
"""Users who are looked up at a time."""

MAKE_ROOM = frozenset({"ADM", "GCM", "APNS", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU"})
"""The channels whose oldest endpoint gives way to a sixteenth; AWS names APNS_SANDBOX neither here nor among the others."""
TOO_MANY = f"Exceeded maximum endpoint per user count: {MAX_ENDPOINTS}"
"""The service's words for a sixteenth endpoint that none gives way to."""

Place: TypeAlias = tuple[ChannelType, str]
"""A channel and an address."""
Changes: TypeAlias = Mapping[str, Endpoint | None]
"""Endpoints to be stored, by their folded IDs; None is one to be deleted."""

_CALLED = frozenset({ChannelType.SMS, ChannelType.VOICE})
_TOKENS = frozenset(ChannelType) - _CALLED - {ChannelType.EMAIL, ChannelType.CUSTOM, ChannelType.IN_APP}
_PHONE = re.compile(r"\+[1-9][0-9]{1,18}")
_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def now() -> str:
    """The time as the service writes it.

    >>> len(now()), now()[-1]
    (24, 'Z')
    """
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def folded(endpoint_id: str) -> str:
    """An endpoint's ID as it is compared: upper and lower case of ASCII are the same.

    >>> folded("E-1") == folded("e-1")
    True
    """
    return endpoint_id.lower() if endpoint_id.isascii() else endpoint_id.translate(_FOLD)


def user_id_of(endpoint: Endpoint) -> str | None:
    """The user whom it belongs to."""
    return None if endpoint.user is None else endpoint.user.user_id


def place_of(endpoint: Endpoint) -> Place:
    """Its channel and address."""
    return endpoint.channel_type, endpoint.address


def is_active(endpoint: Endpoint) -> bool:
    """Whether messages are sent there, opt-outs aside."""
    return endpoint.endpoint_status != "INACTIVE"


def faults_of(endpoint: Endpoint, *, takes_nul: bool = False) -> list[Fault]:
    """What the store refuses of an endpoint, with paths in AWS's names; unless it takes them, NUL characters too."""
    user_id = user_id_of(endpoint)
    # Looked at by itself, since millions of endpoints have no more than this.
    if _is_short(endpoint) and _are_texts_short(endpoint, user_id):
        return []
    faults = list(_text_faults(endpoint, user_id, takes_nul=takes_nul))
    faults += _attribute_faults("Attributes", endpoint.attributes or {})
    faults += _name_faults("Metrics", endpoint.metrics or {})
    faults += _attribute_faults("User.UserAttributes", (endpoint.user and endpoint.user.user_attributes) or {})
    if not faults:
        size = len(write_json(to_wire(endpoint)))
        if size > MAX_SIZE:
            faults.append(Fault("", f"has {size:,} bytes as JSON; at most {MAX_SIZE:,}"))
    return faults


def unsendable(endpoint: Endpoint) -> str | None:
    """Why nothing can be sent to an endpoint that may be stored, as far as its address shows; None if it may be sent to."""
    channel, address = endpoint.channel_type, endpoint.address
    if channel in _CALLED:
        if _PHONE.fullmatch(address):
            return None
        hidden = unseen(address)
        problem = f": it has {hidden}, which isn't seen" if hidden else f", such as +12065550100, which {channel} takes"
        return f"isn't a phone number in E.164{problem}"
    if channel is ChannelType.EMAIL:
        name, _, domain = address.rpartition("@")
        return None if name and domain else "isn't an e-mail address: it has no @ with a name and a domain"
    if channel in _TOKENS and address[:1] == "+" and _PHONE.fullmatch(address):
        return f"is a phone number, and {channel} takes a device's token"
    if channel in _TOKENS and "@" in address:
        return f"is an e-mail address, and {channel} takes a device's token"
    return None


def _are_texts_short(endpoint: Endpoint, user_id: str | None) -> bool:
    texts = (endpoint.address, endpoint.id, user_id, endpoint.effective_date, endpoint.creation_date, endpoint.application_id)
    for text in texts:
        if text is not None and (not text or len(text) > MAX_SIZE // 100 or "\0" in text or text.isspace()):
            return False
    return True


def _text_faults(endpoint: Endpoint, user_id: str | None, *, takes_nul: bool) -> Iterator[Fault]:
    if not endpoint.address.strip():
        yield Fault("Address", "is empty: nothing can be sent there")
    if endpoint.id is not None and not endpoint.id:
        yield Fault("Id", "is empty: leave it out, and one is made of channel and address")
    if user_id is not None and not user_id:
        yield Fault("User.UserId", "is empty: leave it out, or name the user")
    texts = {
        "Address": endpoint.address,
        "ApplicationId": endpoint.application_id,
        "CreationDate": endpoint.creation_date,
        "EffectiveDate": endpoint.effective_date,
        "Id": endpoint.id,
        "User.UserId": user_id,
    }
    for path, text in texts.items():
        if text and "\0" in text and not takes_nul:
            yield Fault(path, "has a NUL character, which no database keeps")


def _is_short(endpoint: Endpoint) -> bool:
    more = endpoint.attributes or endpoint.metrics or endpoint.location or endpoint.demographic or endpoint.request_id
    return not more and endpoint.cohort_id is None and (endpoint.user is None or not endpoint.user.user_attributes)


def _name_faults(path: str, values: Iterable[str]) -> Iterator[Fault]:
    for name in values:
        if len(name) > MAX_NAME:
            yield Fault(f"{path}[{name!r}]", f"has a name of {len(name)} characters; at most {MAX_NAME}")


def _attribute_faults(path: str, attributes: Mapping[str, tuple[str, ...]]) -> Iterator[Fault]:
    yield from _name_faults(path, attributes)
    for name, values in attributes.items():
        if len(values) > MAX_VALUES:
            yield Fault(f"{path}[{name!r}]", f"has {len(values)} values; at most {MAX_VALUES}")
        for index, value in enumerate(values):
            if len(value) > MAX_VALUE:
                yield Fault(f"{path}[{name!r}][{index}]", f"has {len(value)} characters; at most {MAX_VALUE}")


class Wanted(NamedTuple):
    """The stored endpoints that a change has to know: those with these IDs, addresses and users."""

    keys: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    user_ids: frozenset[str] = frozenset()

    @classmethod
    def for_putting(cls, endpoints: Iterable[Endpoint]) -> Wanted:
        """What has to be known to put endpoints, which have their IDs."""
        endpoints = list(endpoints)
        return cls(
            frozenset([folded(endpoint.endpoint_id) for endpoint in endpoints]),
            frozenset([endpoint.address for endpoint in endpoints]),
            frozenset([user_id for endpoint in endpoints if (user_id := user_id_of(endpoint)) is not None]),
        )


class Plan:
    """What becomes of stored endpoints when others are put beside them.

    Args:
        known: The stored endpoints that share an ID, an address or a user with those to come.
    """

    def __init__(self, known: Iterable[Endpoint] = ()) -> None:
        self.changed: dict[str, Endpoint] = {}
        """The endpoints that are to be stored, by their folded IDs."""
        self.made_inactive: int = 0
        """How many were active, and aren't since another has their address or their place among the user's fifteen."""
        self._by_key: dict[str, Endpoint] = {}
        self._active: dict[Place, str] = {}
        self._of_user: dict[str, dict[str, None]] = {}
        for endpoint in known:
            self._keep(folded(endpoint.endpoint_id), endpoint)

    def put(self, endpoint: Endpoint) -> str | None:
        """Takes an endpoint as the latest word.

        Returns:
            The service's words if it has to be refused: the user has fifteen, and none gives way.
        """
        key = folded(endpoint.endpoint_id)
        user_id = user_id_of(endpoint)
        if user_id is not None:
            others = self._of_user.get(user_id)
            if others is not None and key not in others and len(others) >= MAX_ENDPOINTS:
                oldest = self._oldest(others)
                if endpoint.channel_type not in MAKE_ROOM or oldest is None:
                    return TOO_MANY
                self._retire(oldest, without_user=True)
        if is_active(endpoint):
            holder = self._active.get(place_of(endpoint), key)
            if holder != key:
                self._retire(holder)
        self._store(key, endpoint)
        return None

    def offer(self, endpoint: Endpoint) -> str | bool:
        """Takes an endpoint of a file, unless what is stored is at least as new.

        An earlier date changes nothing. Without a date, or with the same, what differs is taken, but what is inactive stays so.
        Of two active endpoints with one address, the one that was changed later stays active.

        Returns:
            Whether anything was changed; or the words of a refusal.
        """
        key = folded(endpoint.endpoint_id)
        stored = self._by_key.get(key)
        date = endpoint.effective_date
        if stored is not None:
            if stored == endpoint or (date is not None and date < (stored.effective_date or "")):
                return False
            is_later = date is not None and date > (stored.effective_date or "")
            if not is_later and not is_active(stored) and place_of(stored) == place_of(endpoint):
                return False
        if is_active(endpoint):
            holder = self._active.get(place_of(endpoint), key)
            if holder != key and date is not None and (self._by_key[holder].effective_date or "") > date:
                endpoint = attrs.evolve(endpoint, endpoint_status="INACTIVE")
                self.made_inactive += 1
        return self.put(endpoint) or True

    def _oldest(self, keys: Iterable[str]) -> str | None:
        givers = [key for key in keys if self._by_key[key].channel_type in MAKE_ROOM]
        return min(givers, key=lambda key: self._by_key[key].effective_date or "", default=None)

    def _retire(self, key: str, *, without_user: bool = False) -> None:
        endpoint = self._by_key[key]
        self.made_inactive += int(is_active(endpoint))
        endpoint = attrs.evolve(endpoint, endpoint_status="INACTIVE")
        if without_user and endpoint.user is not None:
            endpoint = attrs.evolve(endpoint, user=EndpointUser(user_attributes=endpoint.user.user_attributes))
        self._store(key, endpoint)

    def _store(self, key: str, endpoint: Endpoint) -> None:
        old = self._by_key.get(key)
        if old is not None:
            user_id = user_id_of(old)
            if user_id is not None:
                del self._of_user[user_id][key]
            if self._active.get(place_of(old)) == key:
                del self._active[place_of(old)]
        self._keep(key, endpoint)
        self.changed[key] = endpoint

    def _keep(self, key: str, endpoint: Endpoint) -> None:
        self._by_key[key] = endpoint
        user = endpoint.user
        if user is not None and user.user_id is not None:
            self._of_user.setdefault(user.user_id, {})[key] = None
        if endpoint.endpoint_status != "INACTIVE":
            self._active[endpoint.channel_type, endpoint.address] = key


def with_id(endpoint: Endpoint) -> Endpoint:
    """The endpoint with an ID of its own."""
    return endpoint if endpoint.id is not None else attrs.evolve(endpoint, id=endpoint.endpoint_id)


def retired(endpoint: Endpoint, token: str) -> Endpoint | None:
    """The endpoint made inactive, if it is active and the token still is its address."""
    if endpoint.address != token or not is_active(endpoint):
        return None
    return attrs.evolve(endpoint, endpoint_status="INACTIVE", effective_date=now())


def renewed(endpoint: Endpoint, old: str, new: str) -> Endpoint | None:
    """The endpoint with its new address, if the old one still is its address."""
    return attrs.evolve(endpoint, address=new, effective_date=now()) if endpoint.address == old else None
