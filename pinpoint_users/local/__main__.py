"""`python -m pinpoint_users.local`: the embedded Pinpoint behind HTTP, until Ctrl-C."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Sequence

from pinpoint_users.local._pinpoint import LocalPinpoint
from pinpoint_users.local._server import ENDPOINT_VARIABLES


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until it is interrupted; what was kept is gone then.

    Args:
        arguments: The command's arguments; by default the process's.

    Raises:
        SystemExit: The arguments are wrong, the extra `local` isn't installed, or the port is taken.
    """
    parser = argparse.ArgumentParser(
        prog="python -m pinpoint_users.local",
        description="An embedded Amazon Pinpoint over HTTP on this machine, for tests and for trying things out.",
    )
    parser.add_argument("--port", type=int, default=0, help="the port to listen at; by default a free one")
    parser.add_argument(
        "--host", choices=["127.0.0.1", "localhost"], default="127.0.0.1", help="the loopback host to name in the URL"
    )
    options = parser.parse_args(arguments)
    try:
        with LocalPinpoint() as local, local.serve(port=options.port) as server:
            url = f"http://{options.host}:{server.port}"
            print(f"Application {local.application_id} at {url}", flush=True)  # noqa: T201 - a command
            for variable in ENDPOINT_VARIABLES:
                print(f"export {variable}={url}", flush=True)  # noqa: T201 - likewise
            threading.Event().wait()
    except (ImportError, OSError, OverflowError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
