"""Applications in and out of storage."""

from datetime import datetime

from server.clock import from_millis, millis
from server.initiative.memberships.model import Application, State, Step
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)

MOST_STEPS = 100
"""Of one wish."""


def begin(tx: Transaction, actor_id: str, hub: str, now: datetime) -> None:
    tx.run(QUERIES.begin_application, actor_id=actor_id, hub=hub, now=millis(now))
    _add_step(tx, actor_id, hub, "resolving", "", now)


def find(tx: Transaction, actor_id: str, hub: str) -> Application | None:
    row = tx.one(QUERIES.application, actor_id=actor_id, hub=hub)
    return None if row is None else _application(row)


def to_hub(tx: Transaction, hub_id: str) -> list[Application]:
    return [_application(row) for row in tx.all(QUERIES.applications_to, hub_id=hub_id)]


def everything(tx: Transaction) -> list[Application]:
    return [_application(row) for row in tx.all(QUERIES.all_applications)]


def of_initiative(tx: Transaction, actor_id: str) -> list[Application]:
    """The latest wish first."""
    return [_application(row) for row in tx.all(QUERIES.applications_of, actor_id=actor_id)]


def steps(tx: Transaction, actor_id: str, limit: int) -> list[Step]:
    """What became of the wishes of one initiative, newest first."""
    return [
        Step(row["hub"], row["state"], row["problem"], from_millis(row["happened_at"]))
        for row in tx.all(QUERIES.steps_of, actor_id=actor_id, limit=limit)
    ]


def found(tx: Transaction, application: Application, hub_id: str, hub_handle: str, now: datetime) -> None:
    tx.run(
        QUERIES.found_hub,
        actor_id=application.actor_id,
        hub=application.hub,
        hub_id=hub_id,
        hub_handle=hub_handle,
    )
    _add_step(tx, application.actor_id, application.hub, "asked", "", now)


def set_state(
    tx: Transaction,
    application: Application,
    state: State,
    now: datetime,
    *,
    problem: str = "",
    follow_id: str | None = None,
) -> None:
    tx.run(
        QUERIES.set_state,
        actor_id=application.actor_id,
        hub=application.hub,
        state=state,
        problem=problem,
        hub_follow_id=follow_id,
    )
    if (state, problem) != (application.state, application.problem):
        _add_step(tx, application.actor_id, application.hub, state, problem, now)


def _add_step(tx: Transaction, actor_id: str, hub: str, state: State, problem: str, now: datetime) -> None:
    tx.run(QUERIES.add_step, actor_id=actor_id, hub=hub, state=state, problem=problem, now=millis(now))
    tx.run(QUERIES.forget_old_steps, actor_id=actor_id, hub=hub, most=MOST_STEPS)


def _application(row: Row) -> Application:
    return Application(
        actor_id=row["actor_id"],
        hub=row["hub"],
        state=row["state"],
        hub_id=row["hub_id"],
        hub_handle=row["hub_handle"],
        hub_follow_id=row["hub_follow_id"],
        problem=row["problem"],
        asked=from_millis(row["asked_at"]),
    )
