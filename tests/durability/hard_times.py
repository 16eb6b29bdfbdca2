"""R11: a server in full work loses the ground under its feet for a while, and gets it back."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException

import uvloop

from bench.measured import Measured
from server.control.client import CommandFailed
from tests.durability import ledger
from tests.durability.doors import ask, get
from tests.durability.nursery import Nursery
from tests.durability.sender import Sender
from tests.durability.siege import Besieged, _begin, _settle
from tests.durability.strangers import Strangers

BEFORE = 100
"""Activities accepted before it begins."""

LASTS = 1.5
BACK = 5.0
BACK_PATIENCE = 60.0
PAGES = {
    "/": "text/html",
    "/@garden": "text/html",
    "/calls.json": "application/json",
    "/actors/garden": "application/activity+json",
    "/nodeinfo/2.1": "application/json",
}


@dataclass(frozen=True, slots=True)
class Hardship:
    """`begin` takes something away, `end` gives it back."""

    begin: Callable[[], None]
    end: Callable[[], None]


@dataclass
class Survived:
    """`seen` are the statuses of the pages meanwhile, `refusal` that of an activity with its Retry-After, `sentence`
    what a command was told; `back` the seconds until everything worked again.
    """

    besieged: Besieged
    seen: dict[str, int]
    refusal: tuple[int, str]
    sentence: str
    back: float


def survive(
    instance: Measured,
    strangers: Strangers,
    hardship: Hardship,
    *,
    seed: int,
    patches: tuple[str, ...] = (),
) -> Survived:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, Nursery(instance, *patches) as nursery:
        return runner.run(_survive(instance, strangers, nursery, hardship, random.Random(seed)))


async def _survive(
    instance: Measured, strangers: Strangers, nursery: Nursery, hardship: Hardship, chance: random.Random
) -> Survived:
    async with strangers.receiver.serving():
        call = await asyncio.to_thread(_begin, instance, strangers, nursery)
        besieged = Besieged(strangers.journal, strangers.receiver, call)
        besieged.journal.statuses.clear()
        enough = len(besieged.journal.accepted) + BEFORE
        posts = strangers.posts(instance.authority, call, chance)
        sender = Sender(instance.address, posts, besieged.journal, random.Random(0))
        nursery.start()
        await asyncio.to_thread(nursery.wait_until_it_answers)
        working = asyncio.create_task(sender.work())
        while len(besieged.journal.accepted) < enough:
            assert not working.done(), working.exception()
            await asyncio.sleep(0.01)
        hardship.begin()
        try:
            await asyncio.sleep(LASTS)
            seen = {page: await asyncio.to_thread(_status, instance, page) for page in PAGES}
            extra = next(posts)
            status, headers, _ = await asyncio.to_thread(ask, instance.address, extra.request)
            sentence = await asyncio.to_thread(_publish, instance, besieged)
        finally:
            hardship.end()
        back = await asyncio.to_thread(_well_again, instance, besieged)
        sender.finish()
        await working
        await _settle(instance)
        await asyncio.to_thread(nursery.stop)
        return Survived(besieged, seen, (status, headers.get("retry-after", "")), sentence, back)


def _status(instance: Measured, page: str) -> int:
    status, headers, _ = get(instance.authority, page, PAGES.get(page, "application/json"))
    if status == 503 and page in PAGES:
        assert int(headers.get("retry-after", "0")) > 0, f"{page} does not say when to come again"
    return status


def _publish(instance: Measured, besieged: Besieged) -> str:
    """What the command is told; "" when it is carried out."""
    try:
        answer = instance.ask("call.publish", handle="garden", title="In hard times", text="One line.")
    except CommandFailed as failed:
        return str(failed)
    besieged.published.append(str(answer["uri"]))
    return ""


def _well_again(instance: Measured, besieged: Besieged) -> float:
    """Seconds until the server says that it is well, publishes a call, and has delivered it."""
    started = time.monotonic()
    published = False
    while time.monotonic() < started + BACK_PATIENCE:
        with contextlib.suppress(OSError, HTTPException):
            published = published or _publish(instance, besieged) == ""
            if published and _status(instance, "/health") == 200 and _has_come(besieged):
                return time.monotonic() - started
        time.sleep(0.05)
    raise AssertionError(f"not well again within {BACK_PATIENCE:g} s:\n{instance.log.read_text()[-3000:]}")


def _has_come(besieged: Besieged) -> bool:
    return besieged.published[-1] in besieged.receiver.objects.values()


def require_whole(instance: Measured, survived: Survived) -> None:
    """Nothing accepted is lost, nothing came twice, nothing that was refused has left a half of itself."""
    besieged = survived.besieged
    kept = ledger.read_ledger(instance.directory, besieged.call)
    assert ledger.lost(besieged.journal, kept) == []
    assert ledger.wrong_effects(besieged, kept) == []
    assert ledger.unpublished(besieged, kept) == []
    assert ledger.missing(besieged, kept) == []
    assert kept.problems == []
