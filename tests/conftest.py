"""What holds for all tests: nothing of the machine's AWS settings and proxies, and how many examples hypothesis makes.

Those are few and the same ones in every run, unless HYPOTHESIS_PROFILE=thorough asks for more.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from machine import forget_settings

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]  # a whole request is a large thing to generate

settings.register_profile("fast", max_examples=25, deadline=None, derandomize=True, suppress_health_check=_SLOW_IS_FINE)
settings.register_profile("thorough", max_examples=1_000, deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))

forget_settings()
