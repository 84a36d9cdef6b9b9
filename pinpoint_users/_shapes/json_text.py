"""JSON as it goes over the wire: by orjson where it is installed (the extra `fast`), else by the standard library.

Both write the same bytes, and both read the same values, but for whole numbers beyond 64 bits, of which orjson makes floats.
What orjson refuses, such as NaN, the standard library reads.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any


def write_json(value: object) -> bytes:
    """Plain values, frozen mappings and tuples as compact JSON in UTF-8."""
    return _writer()(value)


def read_json(text: bytes) -> Any:
    """The value of JSON in UTF-8.

    Raises:
        ValueError: It isn't JSON.
        RecursionError: It is nested too deeply.
    """
    return _reader()(text)


def load_library() -> None:
    """Loads the library, if it hasn't been: an interrupt while orjson is being imported can end the process."""
    _writer()
    _reader()


def write_by_the_standard_library(value: object) -> bytes:
    """What `write_json` does without orjson."""
    # No value that is written contains itself; to look for that takes the library a quarter of its time.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), check_circular=False).encode()


@functools.cache
def _writer() -> Callable[[object], bytes]:
    try:
        from orjson import dumps  # noqa: PLC0415 - only programs that send need it
    except ImportError:
        return write_by_the_standard_library
    return dumps


@functools.cache
def _reader() -> Callable[[bytes], Any]:
    try:
        from orjson import JSONDecodeError, loads  # noqa: PLC0415 - as above
    except ImportError:
        return json.loads

    def read(text: bytes) -> Any:
        try:
            return loads(text)
        except JSONDecodeError:
            return json.loads(text)

    return read
