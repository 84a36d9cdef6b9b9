"""Runs that end before their time."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter


def when(condition, act):
    """Does something in another thread as soon as something is so."""

    def wait():
        while not condition():
            threading.Event().wait(0.005)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def got(aws):
    return Counter(delivery.user_id for delivery in aws.deliveries())
