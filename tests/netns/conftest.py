"""One journey through the small internet for all tests here; where there can be none it is said in the summary."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.netns.namespace import UNSHARE, why_not

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `inside.py` reports. In CI a machine that does not permit namespaces is a failure, not a skip."""
    reason = why_not()
    if reason:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs network namespaces, and {reason}", pytrace=False)
        pytest.skip(f"tests/netns was left out: {reason}")
    room = tmp_path_factory.mktemp("netns")
    command = [*UNSHARE, sys.executable, "-m", "tests.netns.inside", str(room)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
    if run.returncode != 0:
        pytest.fail(f"the journey ended early:\n{run.stderr}", pytrace=False)
    return json.loads(run.stdout.splitlines()[-1])
