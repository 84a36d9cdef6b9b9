"""Programs in processes of their own: tracers and gevent put themselves around what others use too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(__file__).parent / "compatibility" / "programs"


def run_program(name, *arguments, settings=None):
    """What a program of `compatibility/programs/` prints."""
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(settings or {})},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
