"""New Relic's agent, in its mode for developers, which sends nothing."""

from __future__ import annotations

import os

os.environ.update(NEW_RELIC_DEVELOPER_MODE="true", NEW_RELIC_LICENSE_KEY="0" * 40, NEW_RELIC_APP_NAME="caller")

import newrelic.agent

recorded = []
application = None


def start():
    global application  # noqa: PLW0603 - it is registered once
    newrelic.agent.initialize(log_file="stdout" if os.environ.get("NR_LOG") else None)
    application = newrelic.agent.register_application(timeout=10)
    whole = application._agent.record_transaction if hasattr(application._agent, "record_transaction") else None
    assert whole is not None

    def record(app_name, node, *args, **kwargs):
        recorded.append(node)

    application._agent.record_transaction = record


def trace(call):
    recorded.clear()
    with newrelic.agent.BackgroundTask(application, "caller"):
        call()
    (node,) = recorded
    return [[type(child).__name__, child.library, child.method, True] for child in node.root.children]
