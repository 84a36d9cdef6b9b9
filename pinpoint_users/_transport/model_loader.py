"""botocore's data files, read as far as a client for Pinpoint needs them.

By itself botocore goes through the folders of four hundred services to see whether there is Pinpoint among them, and keeps the
endpoints of all of them for as long as there is a client: half of the time that making one takes, and a third of all objects.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

from pinpoint_users._transport.services import SERVICES

_NAMES = frozenset(service.name for service in SERVICES)
_OPENERS: dict[str, Callable[..., Any]] = {".json": open, ".json.gz": gzip.open}


class _Files(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    """Reads files into plain dicts, which are read in half the time of botocore's ordered ones, and keep the order as well."""

    def load_file(self, file_path: str) -> Any:
        """The data of a file whose path is given without its ending; None if there is none."""
        for ending, opened in _OPENERS.items():
            path = file_path + ending
            if os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises where a folder may not be entered, such as another's home
                with opened(path, "rb") as file:
                    return json.loads(file.read())
        return super().load_file(file_path)


class ModelLoader(Loader):  # type: ignore[misc]  # likewise
    """A loader for clients for Pinpoint; for others, such as one that assumes a role, botocore's loader reads.

    Args:
        loader: botocore's own.
    """

    def __init__(self, loader: Any) -> None:
        super().__init__([*loader.search_paths], file_loader=_Files(), include_default_search_paths=False)
        self._loader = loader

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore gives the type of file
        """The services whose files are read here."""
        return [*_NAMES]

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        """A file's data of a service.

        Raises:
            botocore.exceptions.UnknownServiceError: There is no such service.
            botocore.exceptions.DataNotFoundError: There is no such file.
        """
        load = super().load_service_model if service_name in _NAMES else self._loader.load_service_model
        return load(service_name, type_name, api_version)

    def load_data_with_path(self, name: str) -> Any:
        """A file's data, and where it is. The endpoints aren't kept: only what makes the client needs them, and once.

        Raises:
            botocore.exceptions.DataNotFoundError: There is no such file.
        """
        if name == "endpoints":
            keeps_nothing = Loader([*self.search_paths], file_loader=_Files(), include_default_search_paths=False)
            return keeps_nothing.load_data_with_path(name)
        return super().load_data_with_path(name)
