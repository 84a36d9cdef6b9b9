"""Servers of applications that fork and patch."""

from __future__ import annotations

import queue
import re
import ssl
import subprocess
import sys
import threading
import urllib.request

import pytest
import trustme
from peer import Peer
from running import PROGRAMS, run_program

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


LATE = {"before": ("RecursionError", "NOT_SENT"), "after": ("RecursionError",) * 2, "without_boto3": ("sent", "SUCCESSFUL")}
IDS = ["a client made before it", "a client made after it", "no client, and boto3 not imported before it"]


@pytest.mark.parametrize(("when", "said"), LATE.items(), ids=IDS)
def test_gevent_patched_late_does_with_https_what_it_does_with_boto3(when, said, tmp_path):
    """boto3 alone can't send either where it was imported before: the outcome says that nothing was sent, and nothing is."""
    pytest.importorskip("gevent")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "bundle.pem")
    with Peer(kind="https", context=context) as peer:
        arguments = (when, str(peer.port), str(tmp_path / "bundle.pem"))
        assert tuple(run_program("gevent_late.py", whose, *arguments) for whose in ("boto3", "own")) == said
        assert len(peer.requests) == (2 if when == "without_boto3" else 0)
