"""Sends a push notification to a user's iPhones and Android phones; a tap opens a page of the app.

It goes to an embedded Pinpoint, which shows what each device would get. For Pinpoint itself, pass `send_reminder` a
`PinpointUsers("application-id")`.
"""

from __future__ import annotations

from pinpoint_users import (
    APNSMessage,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    GCMMessage,
    PinpointUsers,
    SendReport,
)
from pinpoint_users.local import LocalPinpoint

# GCM is the name of Firebase Cloud Messaging here, as it is in AWS.
message = DirectMessageConfiguration(
    apns_message=APNSMessage(
        title="Your basket", body="{{thing}} is waiting.", action="DEEP_LINK", url="shop://basket/{{basket}}", sound="default"
    ),
    gcm_message=GCMMessage(
        title="Your basket", body="{{thing}} is waiting.", action="DEEP_LINK", url="shop://basket/{{basket}}", priority="high"
    ),
)


def send_reminder(pinpoint: PinpointUsers, user_id: str, thing: str, basket: str) -> SendReport:
    """Reminds one user, on all of the user's devices."""
    own = EndpointSendConfiguration(substitutions={"thing": [thing], "basket": [basket]})
    return pinpoint.send(message, {user_id: own})


def main() -> None:
    """Sends to two devices and to a third that has turned messages off."""
    with LocalPinpoint() as local, local.client() as pinpoint:
        local.add_endpoint(user_id="u-1", channel_type="APNS", address="token-of-a-telephone", endpoint_id="telephone")
        local.add_endpoint(user_id="u-1", channel_type="GCM", address="token-of-a-tablet", endpoint_id="tablet")
        local.add_endpoint(user_id="u-1", channel_type="GCM", address="token-of-an-old-one", endpoint_id="old", opt_out="ALL")
        report = send_reminder(pinpoint, "u-1", "Green tea", "b-7")
        for endpoint_id, result in report.users["u-1"].endpoints.items():
            print(f"{endpoint_id}: {result.delivery_status}")
        for delivery in local.deliveries():
            print(f"{delivery.channel_type}: {delivery.title}: {delivery.body} -> {delivery.message['Url']}")


if __name__ == "__main__":
    main()
