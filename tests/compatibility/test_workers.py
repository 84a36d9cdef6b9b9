"""Processes that are made from others, or that stand still for a while."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

import pytest
import trustme
from peer import Peer, answer_to
from running import PROGRAMS


@pytest.mark.parametrize("used", ["", "used before the fork"], ids=lambda used: used or "made before the fork")
def test_celery_prefork_worker(used, tmp_path, monkeypatch):
    pytest.importorskip("celery")
    with Peer() as peer:
        for name, value in {"FOLDER": str(tmp_path), "SERVER": f"http://127.0.0.1:{peer.port}", "USED": used}.items():
            monkeypatch.setenv(name, value)
        options = ["--pool=prefork", "--concurrency=2", "--loglevel=warning", "--without-gossip", "--without-mingle"]
        command = [sys.executable, "-m", "celery", "--app=celery_worker", "worker", *options]
        with (tmp_path / "log").open("w+") as log:
            worker = subprocess.Popen(command, cwd=PROGRAMS, stdout=log, stderr=log)
            try:
                program = "import celery_worker as w; print([t.get(timeout=60) for t in [w.send.delay(n) for n in range(6)]])"
                done = subprocess.run(
                    [sys.executable, "-c", program], cwd=PROGRAMS, check=False, capture_output=True, text=True, timeout=100
                )
            finally:
                worker.terminate()
                worker.wait(30)
        assert done.returncode == 0, done.stderr + (tmp_path / "log").read_text()
        assert done.stdout == f"{[[True, ['SUCCESSFUL'], 150]] * 6}\n"
        before = 2 if used else 0  # requests of the worker's and of the sender's import
        assert len(peer.requests) == before + 12


class Frozen:
    """A process that calls its function, and stands still in between."""

    def __init__(self, peer, bundle, timeout="30"):
        command = [sys.executable, str(PROGRAMS / "frozen.py"), f"{peer.kind}://127.0.0.1:{peer.port}", timeout, bundle]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.calls = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.communicate(timeout=30)

    def begin(self):
        self.calls += 1
        self.process.stdin.write(f"{self.calls}\n")
        self.process.stdin.flush()

    def end(self):
        return self.process.stdout.readline().strip()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


def end(sock):
    sock.shutdown(socket.SHUT_RDWR)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.shutdown(socket.SHUT_RD)  # has the peer's thread close it, which resets it now


def nothing(_sock):
    pass


@pytest.fixture
def bundle(tmp_path):
    return str(tmp_path / "bundle.pem")


@pytest.fixture(params=["http", "https"])
def peer(request, bundle):
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(bundle)
    with Peer(kind=request.param, context=context) as peer:
        yield peer


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes can't be stopped here")
@pytest.mark.parametrize(
    "die", [nothing, end, reset], ids=["the connection is kept", "the server ends it", "the server resets it"]
)
def test_lambda_harness_frozen_between_calls(peer, bundle, die):
    with Frozen(peer, bundle) as function:
        for call in range(1, 4):
            function.begin()
            assert function.end() == "SUCCESSFUL"
            function.freeze()
            ended = peer.ended
            die((peer._with_tls or peer.connections)[-1])
            while die is not nothing and peer.ended == ended:
                time.sleep(0.001)
            function.thaw()
            assert len(peer.requests) == call
    assert len(peer.connections) == (1 if die is nothing else 3)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes can't be stopped here")
def test_lambda_harness_frozen_within_a_request_until_after_its_timeout(peer, bundle):
    arrived, goes_on = threading.Event(), threading.Event()

    def answer_later(body):
        arrived.set()
        assert goes_on.wait(60)
        return answer_to(body)

    peer.answers = answer_later
    with Frozen(peer, bundle, timeout="0.2") as function:
        for call in range(1, 4):
            arrived.clear()
            goes_on.clear()
            function.begin()
            assert arrived.wait(60)
            function.freeze()
            goes_on.set()
            with contextlib.suppress(subprocess.TimeoutExpired):
                function.process.wait(1)  # more than the timeouts together: the time in which it stands still
            function.thaw()
            assert function.end() == "SUCCESSFUL"
            assert len(peer.requests) == call
