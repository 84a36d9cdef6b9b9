"""An embedded Amazon Pinpoint: for tests, for trying things out, and for examples that run without an AWS account.

`LocalPinpoint` stores applications and endpoints, chooses and renders the message of each channel, and keeps what each address
would have got; SES v2, and SMS and voice version 2, are there beside it. It has two doors: `client()`, in the same process with
no further dependency, and `serve()`, real HTTP on loopback for any AWS client, which needs the extra `local`. `Deliveries` is
how a test asks what came; the package's plugin for pytest has it as a fixture.
"""

from pinpoint_users.local._deliveries import Deliveries, DeliveryAssertionError
from pinpoint_users.local._delivery import Delivery
from pinpoint_users.local._mount import LocalMount
from pinpoint_users.local._pinpoint import LocalPinpoint
from pinpoint_users.local._server import LocalServer
from pinpoint_users.local._transport import LocalTransport

__all__ = ["Deliveries", "Delivery", "DeliveryAssertionError", "LocalMount", "LocalPinpoint", "LocalServer", "LocalTransport"]
