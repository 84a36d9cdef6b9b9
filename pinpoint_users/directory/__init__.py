"""Directories: where the endpoints of users are looked up and kept.

`SQLiteDirectory` is a file, `MemoryDirectory` is for tests; an application's own user table is a directory by one method.
"""

from pinpoint_users.directory.importing import ImportFault, ImportReport
from pinpoint_users.directory.interface import Directory, EndpointDirectory, LookUp, WritableDirectory, as_directory
from pinpoint_users.directory.memory import MemoryDirectory
from pinpoint_users.directory.sqlite import SQLiteDirectory
from pinpoint_users.directory.stored import StoredDirectory

__all__ = [
    "Directory",
    "EndpointDirectory",
    "ImportFault",
    "ImportReport",
    "LookUp",
    "MemoryDirectory",
    "SQLiteDirectory",
    "StoredDirectory",
    "WritableDirectory",
    "as_directory",
]
