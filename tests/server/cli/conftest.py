from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from server.__main__ import main


class Said(NamedTuple):
    """How a verb ended: its exit status, and the lines for scripts and for people."""

    status: int
    lines: list[str]
    notes: list[str]


Antipole = Callable[..., Said]


@pytest.fixture
def antipole(capsys: pytest.CaptureFixture[str]) -> Antipole:
    """Runs one verb in this process."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(status, said.out.splitlines(), said.err.splitlines())

    return run


@pytest.fixture
def instance(antipole: Antipole, tmp_path: Path) -> Path:
    """A fresh instance with both roles on loopback."""
    place = tmp_path / "instance"
    made = antipole(
        "init", place, "--origin", "http://127.0.0.9:8999", "--allow-network", "127.0.0.0/8",
        "--roles", "initiative,hub", "--name", "Both",
    )  # fmt: skip
    assert made.status == 0
    return place
