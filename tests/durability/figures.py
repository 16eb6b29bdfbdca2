"""The figures of SAFETY 4 as functions: each answers the promises that were broken, a line each."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

from tests.durability import ledger
from tests.durability.cuts import Cuts, Found, cut, recorded
from tests.durability.grown import Age, grow
from tests.durability.restarts import FIRST_ANSWER, QUEUE_RUNS, killed_and_back
from tests.durability.siege import Besieged, Progress, Size, besiege, made
from tests.durability.strangers import Receiver, Strangers

IN_FLIGHT = 32
"""Requests that a kill may make us repeat (R3)."""

SHOWN = 5
NUMBERS = {"sqlite": 61, "postgres": 63}


def r1_r3(
    folder: Path,
    engine: str,
    size: Size,
    seed: int,
    *,
    patches: tuple[str, ...] = (),
    progress: Progress = lambda _: None,
) -> list[str]:
    """Kills, on either engine."""
    if engine != "sqlite":
        patches = (*patches, "tests.durability.patches:short_leases")
    with made(folder, engine, NUMBERS[engine]) as (instance, strangers):
        besieged = besiege(instance, strangers, size, seed=seed, patches=patches, progress=progress)
        kept = ledger.read_ledger(instance.directory, besieged.call)
    return [*_too_small(besieged, kept, size), *_broken(besieged, kept)]


def _too_small(besieged: Besieged, kept: ledger.Ledger, size: Size) -> Iterator[str]:
    """What was not tried was not shown."""
    if len(besieged.journal.accepted) < size.accepted or besieged.kills < size.kills:
        yield f"only {len(besieged.journal.accepted)} accepted and {besieged.kills} kills"
    if len(kept.deliveries) < size.deliveries:
        yield f"only {len(kept.deliveries)} deliveries owed"


def _broken(besieged: Besieged, kept: ledger.Ledger) -> Iterator[str]:
    yield from _named("accepted and lost", ledger.lost(besieged.journal, kept))
    yield from ledger.wrong_effects(besieged, kept)
    yield from _named("published and lost", ledger.unpublished(besieged, kept))
    yield from _named("owed and missing", [" ".join(pair) for pair in ledger.missing(besieged, kept)])
    yield from _named("taken in twice by its receivers", ledger.double_effects(besieged, kept))
    if (again := ledger.duplicates(besieged)) > IN_FLIGHT * besieged.kills:
        yield f"{again} deliveries repeated, more than {IN_FLIGHT} for each of {besieged.kills} kills"
    yield from kept.problems


def r2(folder: Path, accepted: int, cuts: Cuts, seed: int, *, patches: tuple[str, ...] = ()) -> Found:
    """Cuts of the power. An AssertionError when the record says too little to cut anywhere."""
    with made(folder) as (instance, strangers):
        run = recorded(instance, strangers, accepted, folder / "record", seed=seed, patches=patches)
    assert sum(asked.kind == "write" for asked in run.record) > 100
    return cut(run, cuts, folder, random.Random(seed))


def r10(folder: Path, engine: str, age: Age) -> list[str]:
    """A restart of a grown server, on either engine."""
    with Receiver() as receiver:
        instance = grow(folder, Strangers(receiver), age, engine, NUMBERS[engine])
        back = asyncio.run(killed_and_back(instance, receiver))
    late = []
    if back.answered > FIRST_ANSWER:
        late.append(f"the first page after {back.answered:.1f} s, not within {FIRST_ANSWER:g}")
    if back.delivered > QUEUE_RUNS:
        late.append(f"the first delivery after {back.delivered:.1f} s, not within {QUEUE_RUNS:g}")
    return late


def _named(what: str, found: list[str]) -> Iterator[str]:
    if found:
        yield f"{len(found)} {what}: {', '.join(found[:SHOWN])}"
