"""What senders nobody has verified may cost us."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from federation.actors import RemoteActor
from federation.errors import FederationError, Forbidden, Gone, TooBusy, Unreachable
from federation.fetching import Budget
from federation.strangers import FOR_AGAIN, FOR_FIRST, Allowance, Fetches, Strangers
from tests.federation.small_world import NOW, Peer

pytestmark = pytest.mark.anyio

ALICE = Peer("alice").read()
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LIMITS = Allowance(open=8, per_minute=30)


class Answers:
    """Counts, and gives what it is told to give."""

    def __init__(self, outcome: RemoteActor | Exception = ALICE) -> None:
        self.outcome = outcome
        self.count = 0
        self.at_once = 0
        self.most_at_once = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> RemoteActor:
        self.count += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.go.wait()
        finally:
            self.at_once -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def key(number: int, host: str = "peer.example") -> str:
    return f"https://{host}/keys/{number}"


async def refused(fetches: Fetches, url: str, answers: Answers, *, after: timedelta = timedelta()) -> str:
    """The reason why there is no actor."""
    with pytest.raises(FederationError) as caught:
        await fetches.fetch(url, NOW + after, answers)
    return caught.value.reason


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_address_is_asked_once_in_five_minutes() -> None:
    fetches, answers = Fetches(LIMITS), Answers()
    for minutes in (0, 1, 4.9):
        assert await fetches.fetch(key(1), NOW + minutes * MINUTE, answers) == (ALICE, minutes > 0)
    assert answers.count == 1
    assert await fetches.fetch(key(1), NOW + 5 * MINUTE, answers) == (ALICE, False)
    assert answers.count == 2


async def test_ac_1_6_what_was_kept_and_did_not_do_is_asked_for_once_more() -> None:
    fetches, old, new = Fetches(LIMITS), Answers(), Answers(Peer("alice", key_name="second").read())
    await fetches.fetch(key(1), NOW, old)
    for number in range(100):
        actor, kept = await fetches.fetch(key(1), NOW, new, anew=True)
        assert (actor, kept) == (new.outcome, number > 0)
    assert new.count == 1
    assert (await fetches.fetch(key(1), NOW, old))[0] == new.outcome, "the old key counts no longer"


async def test_a_burst_shares_one_fetch_and_one_that_hangs_up_does_not_end_it() -> None:
    fetches, answers = Fetches(LIMITS), Answers()
    answers.go.clear()
    waiting = [asyncio.create_task(fetches.fetch(key(1), NOW, answers)) for _ in range(10)]
    await settled()
    waiting[0].cancel()
    await settled()
    answers.go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1:] == [(ALICE, False)] * 9
    assert answers.count == 1


async def test_a_refusal_is_remembered_for_five_minutes() -> None:
    fetches = Fetches(LIMITS)
    for number, error in enumerate(
        [Forbidden("key-not-listed"), Gone("gone"), Unreachable("x", retry=False)]
    ):
        answers = Answers(error)
        for minutes in (0, 1, 4.9, 5):
            assert await refused(fetches, key(number), answers, after=minutes * MINUTE) == error.reason
        assert answers.count == 2


async def test_an_outage_is_asked_about_after_seconds_and_then_less_and_less() -> None:
    """A server that restarts is heard again at once; one that is gone costs a fetch in five minutes."""
    fetches, answers = Fetches(LIMITS), Answers(Unreachable("bad-status", "502"))
    asked = []
    for second in range(1500):
        before = answers.count
        await refused(fetches, key(1), answers, after=second * SECOND)
        asked += [second] * (answers.count - before)
    assert asked == [0, 10, 30, 70, 150, 310, 610, 910, 1210]
    answers.outcome = ALICE
    await fetches.fetch(key(1), NOW + 1510 * SECOND, answers)
    answers.outcome = Unreachable("bad-status", "502")
    for second in (1810, 1820):
        await refused(fetches, key(1), answers, after=second * SECOND)
    assert answers.count == len(asked) + 3, "after an answer it begins anew"


@pytest.mark.parametrize("reason", ["no-answer", "timeout", "no-address"])
async def test_a_host_that_is_silent_is_not_asked_for_other_keys_either(reason: str) -> None:
    fetches, answers = Fetches(LIMITS), Answers(Unreachable(reason))
    for number in range(50):
        assert await refused(fetches, key(number), answers) == reason
    assert answers.count == 1
    await fetches.fetch(key(1, "other.peer.example"), NOW, Answers())
    answers.outcome = ALICE
    await fetches.fetch(key(99), NOW + 10 * SECOND, answers)
    await fetches.fetch(key(98), NOW + 10 * SECOND, answers)


async def test_one_address_that_refuses_says_nothing_of_the_others_on_its_host() -> None:
    """Anybody finds an address on an honest host that answers 403 or 500."""
    fetches = Fetches(LIMITS)
    for number, error in enumerate(
        [Unreachable("bad-status", "403"), Gone("gone"), Forbidden("id-elsewhere")]
    ):
        await refused(fetches, key(number), Answers(error))
    await fetches.fetch(key(9), NOW, Answers())


async def test_two_at_once_for_a_domain_and_eight_in_all() -> None:
    fetches, answers = Fetches(LIMITS), Answers()
    answers.go.clear()

    def ask(number: int, host: str) -> asyncio.Task[tuple[RemoteActor, bool]]:
        return asyncio.create_task(fetches.fetch(key(number, host), NOW, answers))

    waiting = [ask(number, f"{number}.evil.example") for number in range(10)]
    await settled()
    assert answers.count == 2
    waiting += [ask(number, f"host-{number}.example") for number in range(20)]
    await settled()
    assert answers.count == 8
    answers.go.set()
    await asyncio.gather(*waiting)
    assert (answers.count, answers.most_at_once) == (30, 8)


async def test_who_waits_in_vain_for_a_turn_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.strangers.QUEUE_SECONDS", 0.01)
    fetches, answers = Fetches(Allowance(open=1, per_minute=2)), Answers()
    answers.go.clear()
    first = asyncio.create_task(fetches.fetch(key(1), NOW, answers))
    await settled()
    for _ in range(5):
        assert await refused(fetches, key(2), answers) == "too-many-strangers"
    answers.go.set()
    await first
    await fetches.fetch(key(2), NOW, answers)
    assert answers.count == 2, "waiting cost nothing, and the refusal is not kept"


async def test_ssr_17_who_waits_for_a_slow_host_leaves_room_for_others() -> None:
    fetches, slow = Fetches(LIMITS), Answers()
    slow.go.clear()
    shared = [asyncio.create_task(fetches.fetch(key(1), NOW, slow)) for _ in range(100)]
    await settled()
    assert sum(task.done() for task in shared) == 100 - 16, "one domain holds sixteen requests at most"
    others = [
        asyncio.create_task(fetches.fetch(key(1, f"host-{number}.example"), NOW, slow))
        for number in range(100)
    ]
    await settled()
    assert sum(task.done() for task in others) == 100 - 48, "and all together sixty-four"
    with pytest.raises(TooBusy) as caught:
        await fetches.fetch(key(1, "late.example"), NOW, Answers())
    assert caught.value.retry_after > 0
    slow.go.set()
    results = await asyncio.gather(*shared, *others, return_exceptions=True)
    assert sum(result == (ALICE, False) for result in results) == 64
    await fetches.fetch(key(1, "late.example"), NOW, Answers())


async def test_ssr_17_newcomers_and_forgers_together_leave_half_the_places() -> None:
    """128 requests are verified at once; those of two full pools were all of them."""
    strangers, slow = Strangers(), Answers()
    slow.go.clear()
    waiting = [
        asyncio.create_task(fetches.fetch(key(1, f"host-{number}.example"), NOW, slow))
        for fetches in (strangers.first, strangers.again)
        for number in range(100)
    ]
    waiting += [asyncio.create_task(strangers.again.fetch(key(2, "host-1.example"), NOW, slow))]
    await settled()
    assert sum(not task.done() for task in waiting) <= 64
    slow.go.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    again = [asyncio.create_task(strangers.again.fetch(key(3, "one.example"), NOW, slow)) for _ in range(100)]
    slow.go.clear()
    await settled()
    assert sum(not task.done() for task in again) <= 8, "one domain does not hold all places of a small pool"
    slow.go.set()
    await asyncio.gather(*again, return_exceptions=True)


async def test_who_hangs_up_does_not_make_room_for_more_fetches() -> None:
    fetches, slow = Fetches(Allowance(open=8, per_minute=1000)), Answers()
    slow.go.clear()
    for number in range(100):
        task = asyncio.create_task(fetches.fetch(key(number), NOW, slow))
        await settled()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    slow.go.set()
    for _ in range(20):
        await settled()
    assert slow.count == 16


async def test_thirty_failures_a_minute_for_one_domain_and_others_do_not_suffer() -> None:
    fetches, answers = Fetches(LIMITS), Answers(Forbidden("key-not-listed"))
    for number in range(30):
        assert await refused(fetches, key(number, f"n{number}.evil.example"), answers) == "key-not-listed"
    for number in range(30, 100):
        with pytest.raises(TooBusy) as caught:
            await fetches.fetch(key(number, f"n{number}.evil.example"), NOW + 20 * SECOND, answers)
        assert caught.value.retry_after == 40
    assert answers.count == 30
    await fetches.fetch(key(1, "other.example"), NOW, Answers())
    await fetches.fetch(key(101, "evil.example"), NOW + MINUTE, Answers())


async def test_an_answer_that_verified_nobody_counts_as_a_failure() -> None:
    fetches, answers = Fetches(LIMITS), Answers()
    for number in range(30):
        await fetches.fetch(key(number), NOW, answers)
    assert await refused(fetches, key(30), answers) == "too-many-strangers"


async def test_honest_newcomers_of_a_large_server_do_not_use_up_its_failures() -> None:
    fetches, answers = Fetches(LIMITS), Answers()
    for number in range(300):
        await fetches.fetch(key(number), NOW, answers)
        fetches.vouch(key(number), NOW)
        fetches.vouch(key(number), NOW)
    assert answers.count == 300
    assert await refused(fetches, key(300), answers) == "too-many-strangers", "they are bounded all the same"
    for number in range(30):
        await fetches.fetch(key(number, "other.example"), NOW, answers)
    fetches.vouch(key(1, "other.example"), NOW)
    fetches.vouch(key(1, "other.example"), NOW)
    await fetches.fetch(key(31, "other.example"), NOW, answers)
    assert await refused(fetches, key(32, "other.example"), answers) == "too-many-strangers", "once each"


async def test_whom_one_minute_trusted_does_not_widen_the_next() -> None:
    fetches, answers = Fetches(LIMITS), Answers()
    await fetches.fetch(key(0), NOW, answers)
    for number in range(1, 31):
        await fetches.fetch(key(number), NOW + MINUTE, answers)
    fetches.vouch(key(0), NOW + MINUTE)
    fetches.vouch("https://never.example/asked", NOW)
    with pytest.raises(TooBusy):
        await fetches.fetch(key(31), NOW + MINUTE, answers)


async def test_what_a_fetch_really_asked_is_what_it_costs() -> None:
    """A host that answers 401 is knocked at again, and one that names an owner is asked twice."""
    fetches = Fetches(LIMITS)
    for number in range(10):
        budget = Budget()

        async def thrice(budget: Budget = budget) -> RemoteActor:
            for _ in range(3):
                budget.spend_request()
            raise Unreachable("bad-status", "401")

        with pytest.raises(Unreachable):
            await fetches.fetch(key(number), NOW, thrice, budget=budget)
    assert await refused(fetches, key(10), Answers()) == "too-many-strangers"


async def test_a_flood_of_inventions_leaves_room_for_who_changed_a_key() -> None:
    strangers, slow = Strangers(), Answers()
    slow.go.clear()
    flood = [
        asyncio.create_task(strangers.first.fetch(key(1, f"host-{number}.example"), NOW, slow))
        for number in range(100)
    ]
    await settled()
    assert await strangers.again.fetch(key(1), NOW, Answers()) == (ALICE, False)
    slow.go.set()
    await asyncio.gather(*flood, return_exceptions=True)
    assert FOR_FIRST.open + FOR_AGAIN.open == 8
    assert FOR_FIRST.per_minute + FOR_AGAIN.per_minute == 30


async def test_counts_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.strangers.MAX_REMEMBERED", 1)
    fetches, answers = Fetches(LIMITS), Answers()
    for number in range(30):
        await fetches.fetch(key(number), NOW, answers)
    await fetches.fetch(key(1, "other.example"), NOW, answers)
    await fetches.fetch(key(31), NOW, answers)
    assert answers.count == 32
    silent = Answers(Unreachable("no-answer"))
    for host in ("a.example", "b.example", "a.example"):
        assert await refused(fetches, key(1, host), silent) == "no-answer"
    assert silent.count == 3


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.strangers.MAX_REMEMBERED", 10)
    monkeypatch.setattr("federation.strangers.MAX_REMEMBERED_BYTES", 3 * len(ALICE.document))
    fetches = Fetches(LIMITS)
    many: list[Callable[[], Awaitable[RemoteActor]]] = [Answers() for _ in range(50)]
    for number, answers in enumerate(many):
        await fetches.fetch(key(number, f"host-{number}.example"), NOW, answers)
    again = Answers()
    for number in range(50):
        await fetches.fetch(key(number, f"host-{number}.example"), NOW, again)
    assert again.count == 50, "each had been forgotten again by the time it was asked for"
    latest = Answers()
    for number in (47, 48, 49):
        await fetches.fetch(key(number, f"host-{number}.example"), NOW, latest)
    assert latest.count == 0


@pytest.mark.parametrize("reason", ["timeout", "budget-spent"])
async def test_what_a_verification_had_left_says_nothing_of_the_host(reason: str) -> None:
    """A signer's host that takes nearly all of it made the author's host look down, five minutes each time."""
    fetches, spent = Fetches(LIMITS), Answers(Unreachable(reason))
    spent.go.clear()
    left = Budget(requests=2)
    first = asyncio.create_task(fetches.fetch(key(1), NOW, spent, budget=left))
    await settled()
    joined = asyncio.create_task(fetches.fetch(key(1), NOW, spent))
    await settled()
    spent.go.set()
    with pytest.raises(Unreachable, match=reason):
        await first
    with pytest.raises(TooBusy, match="too-many-strangers"):
        await joined
    assert spent.count == 1
    assert await fetches.fetch(key(1), NOW, Answers()) == (ALICE, False)
    assert await fetches.fetch(key(2), NOW, Answers()) == (ALICE, False)


async def test_ssr_17_a_domain_pays_for_the_time_that_it_lets_us_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three domains with two slow answers each held every place of newcomers, for 36 requests a minute."""
    monkeypatch.setattr("federation.strangers.SECONDS_PER_FETCH", 0.001)
    fetches, slow = Fetches(LIMITS), Answers(Forbidden("key-not-listed"))
    slow.go.clear()
    asyncio.get_running_loop().call_later(0.04, slow.go.set)
    assert await refused(fetches, key(1), slow) == "key-not-listed"
    assert await refused(fetches, key(2), slow) == "too-many-strangers"
    await fetches.fetch(key(1, "other.example"), NOW, Answers())
