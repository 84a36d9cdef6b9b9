"""A WSGI application that gunicorn may load before gevent patches anything, with clients that are made at that moment.

For https so late a patch is too late, for boto3 alone too: `ssl` calls itself without end then, as `gevent_late.py` shows.
"""

from __future__ import annotations

import _setup  # noqa: F401 - first of all
from peer import Peer

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage
from pinpoint_users.local import LocalPinpoint

peer, local = Peer().__enter__(), LocalPinpoint()
local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
unused, own = (PinpointUsers("app", endpoint_url=f"http://127.0.0.1:{peer.port}") for _ in range(2))
message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


def app(_environ, start_response):
    unused.close()
    outcomes = [str(pinpoint.send(message, ["u"]).users["u"].outcome) for pinpoint in (local.client(), own, own)]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(outcomes).encode()]
