"""A hub in a process of its own, alone on one core where there are two."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench.measured import SERVED, on_core
from tests.doors.conftest import Served
from tests.isolation.flooding import Unguarded

Start = Callable[..., Served]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start()` is a hub as it is, `start("guard", ...)` one without these guards."""
    with ExitStack() as running:

        def started(*without: str) -> Served:
            hub = Unguarded(
                tmp_path / ("unguarded" if without else "hub"), 27 if without else 25, "hub", "Hub"
            )
            with on_core(SERVED):
                running.enter_context(hub.without(*without) if without else hub)
            return hub

        yield started
