"""Nothing of the machine's AWS settings and proxies."""

from __future__ import annotations

import os


def forget_settings() -> None:
    """Lets boto3 find no settings in this process and its children."""
    for name in list(os.environ):
        if name.upper().startswith("AWS_") or name.upper().endswith("_PROXY"):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["no_proxy"] = "*"  # for proxies that the system names elsewhere
