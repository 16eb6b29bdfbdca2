"""Two machines, two processes each, and a hand that kills; see `trial.py`."""

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.processes.trial import Plan, run

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio

SECONDS = 10.0


async def test_any_of_four_processes_may_be_killed(postgres_server: "PostgresServer") -> None:
    trial = await run(Plan(secrets.randbelow(1_000_000), SECONDS), postgres_server)
    assert sum(trial.kills.values()) >= 2
    assert len(trial.acknowledged) > len(trial.accounts)
