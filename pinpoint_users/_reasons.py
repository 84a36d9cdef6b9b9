"""Why an endpoint did not get a message, from what the service said of it."""

from __future__ import annotations

from pinpoint_users.enums import DeliveryStatus, FailureReason

_OF_STATUS = {
    DeliveryStatus.THROTTLED: FailureReason.THROTTLED,
    DeliveryStatus.TEMPORARY_FAILURE: FailureReason.TEMPORARY,
    DeliveryStatus.OPT_OUT: FailureReason.OPTED_OUT,
    DeliveryStatus.DUPLICATE: FailureReason.DUPLICATE,
    DeliveryStatus.UNKNOWN_FAILURE: FailureReason.OTHER,
}
_CHANNEL_FAULTS = "invalid credentials", "no channel of type"
_DEAD = (
    "baddevicetoken",
    "unregistered",
    "devicetokennotfortopic",
    "notregistered",
    "invalidregistration",
    "mismatchsenderid",
    "sender_id_mismatch",
    "not a valid fcm registration token",
)
_OF_SES = (
    "mail_from_domain_not_verified",
    "configuration_set_not_found",
    "template_not_found",
    "invalid_sending_pool_name",
    "account_suspended",
    "sending_paused",
    "identities failed the check",
)
_OF_WORDS = (
    (FailureReason.NO_ENDPOINTS, ("no endpoints found",)),
    (FailureReason.INACTIVE, ("endpoint is inactive",)),
    (FailureReason.OPTED_OUT, ("opted out", "opt_out", "opt-out")),
    (FailureReason.NO_MESSAGE_FOR_CHANNEL, ("no message for channel", "no message for this channel")),
    (FailureReason.CONFIGURATION, ("invalid_argument", "accessdenied", "access denied", "not authorized", "disabled")),
    (FailureReason.CONFIGURATION, _OF_SES),
)


def reason_of(status: DeliveryStatus, said: str, address: str) -> FailureReason | None:
    """The reason, by the status first and then by the words of the service; None if the message was delivered."""
    if status is DeliveryStatus.SUCCESSFUL:
        return None
    if status is not DeliveryStatus.PERMANENT_FAILURE:
        return _OF_STATUS.get(status, FailureReason.UNKNOWN)
    words = said.lower()
    # A token that lives must not be deleted: a fault of the channel comes before what is said of the token.
    if any(word in words for word in _CHANNEL_FAULTS):
        return FailureReason.CONFIGURATION
    is_token = not address.startswith("+") and "@" not in address
    if is_token and any(word in words for word in _DEAD):
        return FailureReason.DEAD_TOKEN
    return next((reason for reason, known in _OF_WORDS if any(word in words for word in known)), FailureReason.OTHER)
