"""Who is sent to next: nobody is kept waiting by those that are ill, and what is leased for them goes back."""

import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.fediverse.deliveries import Delivery, ReadyOrigin, store
from server.fediverse.outbox import store as outbox_store
from server.storage import queries
from server.workers.lines import AHEAD, AT_ONCE, IN_ALL, PER_ORIGIN, SICK_AT_ONCE, SLOW, Line, Lines

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SCHEMA = Path(queries.__file__).with_name("schema.sql").read_text(encoding="utf-8")


def owed(origin: str, count: int) -> list[Delivery]:
    return [
        Delivery(f"{origin}/{n}", f"{origin}/inbox/{n}", origin, "a", "{}", False, 1, NOW, 1)
        for n in range(count)
    ]


def ready(*names: str, sick: bool = False) -> list[ReadyOrigin]:
    return [ReadyOrigin(name, sick, probing=False) for name in names]


def leased(lines: Lines, origins: list[ReadyOrigin]) -> dict[str, int]:
    """Leases all that the lines ask for, as if more were owed to everybody."""
    chosen = lines.choose(origins)
    for origin, count in chosen:
        lines.add(origin.origin, owed(origin.origin, count))
    return {origin.origin: count for origin, count in chosen}


def sent(lines: Lines, now: float = 0.0) -> list[tuple[Line, Delivery]]:
    return list(lines.start(now))


def test_an_unknown_server_is_leased_for_two_and_one_that_answers_promptly_for_more() -> None:
    lines = Lines()
    assert leased(lines, ready("a")) == {"a": PER_ORIGIN}
    for line, delivery in sent(lines):
        lines.landed(line, delivery, failed=False, now=0.1)
    assert leased(lines, ready("a")) == {"a": AHEAD}
    assert len(sent(lines)) == PER_ORIGIN


def test_one_failure_gives_back_all_that_was_leased() -> None:
    lines = Lines()
    leased(lines, ready("a"))
    for line, delivery in sent(lines):
        lines.landed(line, delivery, failed=False, now=0.1)
    leased(lines, ready("a"))
    (line, delivery), _ = sent(lines)
    lines.landed(line, delivery, failed=True, now=0.2)
    assert len(lines.given_back) == AHEAD - PER_ORIGIN
    assert lines.next_of(line, 0.3) is None


def test_the_ill_share_a_few_places_and_the_well_have_theirs() -> None:
    lines = Lines()
    ill = ready(*(f"ill{n}" for n in range(40)), sick=True)
    well = ready(*(f"well{n}" for n in range(40)))
    assert sum(leased(lines, [*well, *ill]).values()) == 40 * PER_ORIGIN + SICK_AT_ONCE
    flying = [line.sick for line, _ in sent(lines)]
    assert (flying.count(True), flying.count(False)) == (SICK_AT_ONCE, AT_ONCE)


def test_who_dawdles_gives_its_place_to_others() -> None:
    """A hundred servers that take up everything and answer nothing: they are found out, and others go on."""
    lines = Lines()
    leased(lines, ready(*(f"slow{n}" for n in range(AT_ONCE // PER_ORIGIN)), "well"))
    assert len(sent(lines)) == AT_ONCE
    assert sent(lines, SLOW / 2) == []
    assert lines.find_slow(SLOW)
    assert [line.origin for line, _ in sent(lines, SLOW)] == ["well"] * PER_ORIGIN
    assert not lines.find_slow(SLOW)
    assert leased(lines, ready("slow0")) == {}


def test_so_many_connections_at_once_and_no_more() -> None:
    lines = Lines()
    for turn in range(10):
        leased(lines, ready(*(f"slow{turn}-{n}" for n in range(AT_ONCE))))
        sent(lines, turn * SLOW)
        lines.find_slow((turn + 1) * SLOW)
    assert lines.flying == IN_ALL


def test_what_is_not_written_down_keeps_its_place() -> None:
    """A kill then makes us repeat no more than the places there are, however quick the others answer (R3)."""
    lines = Lines()
    leased(lines, ready(*(f"well{n}" for n in range(AT_ONCE))))
    flying = sent(lines)
    for line, delivery in flying:
        lines.landed(line, delivery, failed=False, now=0.01)
    assert sent(lines, 0.02) == []
    lines.written(10)
    assert len(sent(lines, 0.03)) == 10


def test_a_prompt_answer_makes_well_again() -> None:
    lines = Lines()
    leased(lines, ready("a"))
    (line, first), (_, second) = sent(lines)
    lines.landed(line, first, failed=False, now=SLOW + 1)
    assert line.slow
    lines.landed(line, second, failed=None, now=SLOW + 1)
    assert line.slow  # it said nothing about the server
    leased(lines, ready("a"))
    ((_, third), _) = sent(lines, 10.0)
    lines.landed(line, third, failed=False, now=10.1)
    assert not line.poor


@pytest.mark.parametrize(
    "query",
    [
        store.QUERIES.count_due,
        store.QUERIES.ready_origins_of_few,
        store.QUERIES.ready_origins,
        store.QUERIES.ready_sick_origins,
        store.QUERIES.claim,
        store.QUERIES.next_due,
        store.QUERIES.end_delivery,
        store.QUERIES.postpone_delivery,
        store.QUERIES.give_back,
        outbox_store.QUERIES.fan_out,
    ],
    ids=lambda query: query.name,
)
def test_no_turn_of_the_worker_looks_at_all_that_waits(query: queries.Query) -> None:
    """With a hundred thousand deliveries waiting, or as many followers, a turn costs what it costs with a thousand."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    values = dict.fromkeys(re.findall(r"(?<!:):([a-z_]+)", query.sql))
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query.sql}", values)]
    connection.close()
    whole = [step for step in plan if re.match(r"SCAN (deliveries|followers|remote_actors|earlier)\b", step)]
    assert whole == []
    if query.name == "claim":
        assert not [step for step in plan if "TEMP B-TREE" in step]
