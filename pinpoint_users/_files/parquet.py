"""Parquet, by pyarrow, batch by batch. Imported when such a file is read: the extra `parquet` has pyarrow."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pinpoint_users._files.columns import columns_of
from pinpoint_users._files.faults import BadLine, FileFaultsError
from pinpoint_users._files.objects import UserLine, read_object
from pinpoint_users._files.source import file_fault

_BATCH = 2_000


def parquet_parts(name: str, file: io.BufferedReader) -> Iterator[UserLine | BadLine]:
    """The rows of a Parquet file.

    Raises:
        FileFaultsError: pyarrow isn't installed, or the file can't be read or has no column `user_id`.
    """
    try:
        from pyarrow import ArrowException  # noqa: PLC0415 - an extra
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - likewise
    except ImportError:
        problem = "is Parquet, which needs pyarrow, of the extra `parquet`: in a clone, pip install '.[parquet]'; or write CSV"
        raise file_fault(name, problem) from None
    if not file.seekable():
        file = io.BufferedReader(io.BytesIO(file.read()))
    try:
        table = ParquetFile(file)
        found = columns_of(name, None, table.schema_arrow.names)
        if isinstance(found, list):
            raise FileFaultsError(found)
        number = 0
        for batch in table.iter_batches(_BATCH):
            rows: list[dict[str, Any]] = batch.to_pylist()
            for row in rows:
                number += 1
                yield read_object(name, number, row)
    except (ArrowException, OSError) as error:
        raise file_fault(name, f"can't be read as Parquet ({str(error).splitlines()[0]}): get the file again") from error
