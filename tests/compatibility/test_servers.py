"""Servers of applications that fork and patch."""

from __future__ import annotations

import queue
import re
import subprocess
import sys
import threading
import urllib.request

import pytest
from running import PROGRAMS

OPTIONS = [["gevent", "--preload"], ["gevent"], ["gthread", "--preload"], ["sync", "--preload"]]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_gunicorn(options):
    pytest.importorskip("gunicorn")
    pytest.importorskip("gevent")
    listen = ["--bind", "127.0.0.1:0", "--chdir", str(PROGRAMS)]
    command = [sys.executable, "-m", "gunicorn", "gevent_preload:app", "-k", *options, *listen]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    lines = queue.SimpleQueue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stderr])
    reader.start()
    try:
        found = None
        while found is None:
            found = re.search(r"Listening at: (http://\S+)", lines.get(timeout=30))
        with urllib.request.urlopen(found[1], timeout=40) as answer:
            assert answer.read() == b"SUCCESSFUL SUCCESSFUL SUCCESSFUL"
    finally:
        process.terminate()
        process.wait(20)
        reader.join()
        process.stderr.close()
