"""An embedded Amazon Pinpoint: for tests, for trying things out, and for examples that run without an AWS account.

`LocalPinpoint` stores applications and endpoints, chooses and renders the message of each channel, and keeps what each address
would have got; SES v2, and SMS and voice version 2, are there beside it. It has two doors: `client()`, in the same process with
no further dependency, and `serve()`, real HTTP on loopback for any AWS client, which needs the extra `local`.
"""

from pinpoint_users.local._delivery import Delivery
from pinpoint_users.local._pinpoint import LocalPinpoint
from pinpoint_users.local._server import LocalServer
from pinpoint_users.local._transport import LocalTransport

__all__ = ["Delivery", "LocalPinpoint", "LocalServer", "LocalTransport"]
