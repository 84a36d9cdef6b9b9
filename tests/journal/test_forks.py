"""A run's journal is its process's own: a child that is forked from it neither writes nor unlocks it."""

from __future__ import annotations

import os
import textwrap

import pytest
from journal.journals import done, run_python

from pinpoint_users import JournalError
from pinpoint_users._journal import forks

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows doesn't fork")


@pytest.fixture
def kind():
    return "file"


HELP = """
import subprocess
def in_child(work):
    sys.stdout.flush()
    child = os.fork()
    if not child:
        work()
        sys.stdout.flush()
        sys.exit()  # as a program ends that cleans up after itself
    assert os.waitpid(child, 0)[1] == 0
def try_to(work):
    try:
        work()
    except JournalError as error:
        print(error)
def is_locked():
    other = "import sys; from pinpoint_users import Journal; from pinpoint_users._journal.file import JournalFile; "
    other += "JournalFile(Journal(sys.argv[1]), application_id='app', content=b'hello')"
    done = subprocess.run([sys.executable, "-c", other, sys.argv[1]], capture_output=True, text=True)
    return "another run uses this journal" in done.stderr
"""


def run(program, path):
    child = run_python(HELP + textwrap.dedent(program), path)
    assert (child.returncode, child.stderr) == (0, "")
    return child.stdout.splitlines()


def test_a_child_cannot_use_it(path):
    said = run(
        """
    journal = open_journal(sys.argv[1])
    journal.write([Record("u-1")])
    size = os.stat(sys.argv[1]).st_size
    in_child(lambda: [
        try_to(lambda: journal.look_up(["u-1"])),
        try_to(lambda: journal.write([], in_flight=["u-2"])),
        try_to(lambda: journal.write([Record("u-2")])),
        journal.close(),
    ])
    assert os.stat(sys.argv[1]).st_size == size
    journal.write([Record("u-2")])
    assert len(journal.look_up(["u-1", "u-2"])) == 2
    """,
        path,
    )
    assert len(said) == 3
    assert all("by a child of the process that opened it: begin a run in the child" in error for error in said)


def test_a_child_does_not_unlock_it(path):
    said = run(
        """
    journal = open_journal(sys.argv[1])
    in_child(lambda: None)
    in_child(journal.close)
    in_child(lambda: globals().pop("journal"))
    print(is_locked())
    journal.close()
    print(is_locked())
    """,
        path,
    )
    assert said == ["True", "False"]


def test_a_child_that_lives_on_does_not_keep_it_locked(path):
    said = run(
        """
    journal = open_journal(sys.argv[1])
    read, write = os.pipe()
    living, lives = os.pipe()
    def live_on():
        os.close(write)
        os.write(lives, b"!")
        os.read(read, 1)
        os._exit(0)
    from pinpoint_users._journal import forks
    forks.descriptors.clear()  # as with a fork that Python doesn't know of, whose child keeps its copy open
    if not os.fork():
        live_on()
    if not (killed := os.fork()):  # a run of its own, cut short, whose child lives on
        own = open_journal(sys.argv[1] + ".own")
        if not os.fork():
            live_on()
        os._exit(0)
    os.waitpid(killed, 0)
    assert os.read(living, 1) + os.read(living, 1) == b"!!"
    open_journal(sys.argv[1] + ".own")
    journal.close()
    open_journal(sys.argv[1])
    print("opened")
    """,
        path,
    )
    assert said == ["opened"]


def test_a_child_has_journals_of_its_own(path):
    said = run(
        """
    journal = open_journal(sys.argv[1])
    journal.write([Record("u-1")])
    def use_own():
        own = open_journal(sys.argv[1] + ".own")
        own.write([Record("u-1")])
        try_to(lambda: open_journal(sys.argv[1]))
        print(len(own.look_up(["u-1"])))
    in_child(use_own)
    journal.close()
    def take_over():
        print(len(open_journal(sys.argv[1]).look_up(["u-1"])))
    in_child(take_over)
    """,
        path,
    )
    assert "another run uses this journal" in said[0]
    assert said[1:] == ["1", "1"]


def test_children_that_are_forked_while_it_is_used_end(path):
    """As many users as are put aside: SQLite's locks are held now and then."""
    said = run(
        """
    from pinpoint_users._journal import index
    index._RECENT = 100
    journal = open_journal(sys.argv[1])
    is_over = threading.Event()
    written = []
    def use():
        while not is_over.is_set():
            users = [f"u-{len(written)}-{number}" for number in range(100)]
            journal.write([], in_flight=users)
            journal.look_up(users)
            written.extend(users)
    thread = threading.Thread(target=use)
    thread.start()
    for _ in range(12):
        in_child(lambda: try_to(lambda: journal.write([Record("u-1")])))
    is_over.set()
    thread.join()
    assert len(journal.look_up(written)) == len(written)
    """,
        path,
    )
    assert len(said) == 12


def test_in_another_process_it_is_left_alone(open_journal, path, monkeypatch):
    journal = open_journal()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        with pytest.raises(JournalError, match="by a child"):
            journal.write([done("u-1")])
        journal.close()
        journal._file._close()  # as when the child's garbage is collected
    with pytest.raises(JournalError, match="another run"):
        open_journal()


def test_a_child_closes_its_copies(monkeypatch):
    read, write = os.pipe()
    os.close(write)
    monkeypatch.setattr(forks, "descriptors", {read, write})
    forks.close_inherited()
    assert not forks.descriptors
    for descriptor in (read, write):
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(descriptor)
