"""An application of Celery's, whose broker and results are folders, with a client that is made before the worker forks."""

from __future__ import annotations

import os

import _setup  # noqa: F401 - first of all
import celery

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage

folder = os.environ["FOLDER"]
folders = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
app = celery.Celery("celery_worker", broker="filesystem://", backend=f"file://{folder}")
app.conf.update(broker_transport_options=folders, broker_connection_retry_on_startup=False, worker_prefetch_multiplier=1)
message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
pinpoint = PinpointUsers("app", endpoint_url=os.environ["SERVER"])
if os.environ.get("USED"):
    pinpoint.send(message, ["u"]).raise_for_failures()
made_in = os.getpid()


@app.task
def send(number):
    outcomes = pinpoint.send(message, [f"u-{number}-{user}" for user in range(150)]).users.values()
    return os.getpid() != made_in, sorted({str(result.outcome) for result in outcomes}), len(outcomes)
