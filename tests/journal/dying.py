"""Runs that are cut short: `python dying.py` reads pickled runs, and forks for each a process that dies of it.

A run is the path of a journal, how many users are kept in memory, and calls: a method's name and its arguments. Each process
ends by `os._exit`, its journal still open. Before, it writes what its calls gave; after, its parent writes that it is dead.
"""

from __future__ import annotations

import os
import pickle
import sys

from pinpoint_users import Journal
from pinpoint_users._journal import index
from pinpoint_users._journal.file import JournalFile


def die(path, recent, calls):
    index._RECENT = recent
    journal = JournalFile(Journal(path), application_id="app", content=b"hello")
    pickle.dump([getattr(journal, name)(*arguments) for name, arguments in calls], sys.stdout.buffer)
    sys.stdout.buffer.flush()
    os._exit(9)


def main():
    while True:
        try:
            run = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        child = os.fork()
        if not child:
            die(*run)
        os.waitpid(child, 0)
        pickle.dump("dead", sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
