"""Directories: where the endpoints of users are looked up and kept.

`SQLiteDirectory` is a file, `PostgresDirectory` and `DynamoDBDirectory` are for many machines, `MemoryDirectory` is for tests;
an application's own user table is a directory by one method.
"""

from pinpoint_users.directory.dynamodb import DynamoDBDirectory
from pinpoint_users.directory.importing import ImportFault, ImportReport
from pinpoint_users.directory.interface import Directory, EndpointDirectory, LookUp, WritableDirectory, as_directory
from pinpoint_users.directory.memory import MemoryDirectory
from pinpoint_users.directory.postgres import PostgresDirectory
from pinpoint_users.directory.sqlite import SQLiteDirectory
from pinpoint_users.directory.stored import StoredDirectory

__all__ = [
    "Directory",
    "DynamoDBDirectory",
    "EndpointDirectory",
    "ImportFault",
    "ImportReport",
    "LookUp",
    "MemoryDirectory",
    "PostgresDirectory",
    "SQLiteDirectory",
    "StoredDirectory",
    "WritableDirectory",
    "as_directory",
]
