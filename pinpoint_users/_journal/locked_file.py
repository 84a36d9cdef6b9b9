"""A file that one run has for itself and appends to."""

from __future__ import annotations

import importlib.util
import os
import stat
import time
import weakref
from contextlib import suppress
from typing import Any

from pinpoint_users._journal import forks

_OWNER_ONLY = 0o600
_OTHERS = 0o077
_MOMENT = 0.02
"""Seconds; longer than `is_in_use` has a file."""
_LOCKED_BYTE = (1 << 31) - 2  # on Windows, where nobody else can read the byte that is locked
_fcntl: Any = importlib.import_module("fcntl") if importlib.util.find_spec("fcntl") else None  # Windows has none


class ReplacedError(Exception):
    """The path doesn't lead to the file as it was left any more."""


class LockedFile:
    """A file that is open, and locked until it is closed or the process ends. It is closed when nobody refers to it any more.

    The lock belongs to the open file, not to the process, so it doesn't matter who else in the process opens and closes it.

    Args:
        path: Where it is; it is made, readable for its owner only, if there is none.

    Raises:
        BlockingIOError: It is locked.
        OSError: It can't be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._process_id = os.getpid()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, _OWNER_ONLY)
        forks.descriptors.add(self._descriptor)
        self._close = weakref.finalize(self, _close, self._descriptor, self._process_id)
        try:
            self._lock()
        except BaseException:
            self._close()
            raise
        self._status = os.fstat(self._descriptor)
        self.size = self._status.st_size

    @property
    def is_regular(self) -> bool:
        """Whether it is a file in the narrower sense: no device, no pipe."""
        return stat.S_ISREG(self._status.st_mode)

    @property
    def inode(self) -> int:
        """Its number in its file system."""
        return self._status.st_ino

    @property
    def is_foreign(self) -> bool:
        """Whether this is a child of the process that opened the file; the child has no part in it."""
        return os.getpid() != self._process_id

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return not self._close.alive

    def hide_from_others(self) -> None:
        """Leaves it to its owner to read and write it."""
        if self._status.st_mode & _OTHERS:
            os.chmod(self._path, _OWNER_ONLY)  # noqa: PTH101 - as all here

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from an offset on, which isn't beyond the end; fewer where the file ends.

        Raises:
            OSError: They can't be read.
        """
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        return os.read(self._descriptor, min(length, self.size - offset))

    def append(self, data: bytes) -> None:
        """Hands bytes to the operating system, which keeps them however the process ends; the file stays as it was on failure.

        Raises:
            ReplacedError: The file was deleted, moved, replaced or changed by someone else.
            OSError: It can't be written.
        """
        self._check_path()
        end = self.size + len(data)
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            self.size = end
        except BaseException:
            self.truncate(self.size)
            raise

    def truncate(self, size: int) -> None:
        """Cuts the file off.

        Raises:
            OSError: It can't be written.
        """
        os.truncate(self._descriptor, size)
        self.size = size

    def close(self) -> None:
        """Brings the file to the disk, and unlocks it. May be called again."""
        if self._close.alive:
            with suppress(OSError):  # a disk that fails has the bytes or hasn't
                os.fsync(self._descriptor)
        self._close()

    def _lock(self) -> None:
        try:
            _lock(self._descriptor)
        except BlockingIOError:
            time.sleep(_MOMENT)
            _lock(self._descriptor)

    def _check_path(self) -> None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - at each write
        except FileNotFoundError:
            raise ReplacedError from None
        mine = self._status
        if (status.st_ino, status.st_dev, status.st_size) != (mine.st_ino, mine.st_dev, self.size):
            raise ReplacedError


def is_in_use(path: str) -> bool:
    """Whether somebody has a file for itself; one that can't be opened is nobody's."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return False
    try:
        _lock(descriptor, shared=True)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    else:
        _unlock(descriptor)
        return False
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, shared: bool = False) -> None:
    if _fcntl is not None:
        _fcntl.flock(descriptor, (_fcntl.LOCK_SH if shared else _fcntl.LOCK_EX) | _fcntl.LOCK_NB)
        return
    msvcrt: Any = importlib.import_module("msvcrt")
    os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        raise BlockingIOError(*error.args) from error


def _close(descriptor: int, process_id: int) -> None:
    """Unlocks and closes the file, unless this is a child, which would unlock it for its parent."""
    if os.getpid() != process_id:
        return
    forks.descriptors.discard(descriptor)
    _unlock(descriptor)
    os.close(descriptor)


def _unlock(descriptor: int) -> None:
    if _fcntl is not None:
        _fcntl.flock(descriptor, _fcntl.LOCK_UN)  # closing isn't enough if a child has a copy
