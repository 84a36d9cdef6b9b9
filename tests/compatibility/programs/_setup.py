"""What every program starts with: the helpers of the tests are found, and boto3 finds made-up credentials alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from machine import forget_settings

forget_settings()
os.environ.update(AWS_ACCESS_KEY_ID="key-id", AWS_SECRET_ACCESS_KEY="secret", AWS_DEFAULT_REGION="eu-west-1")
