"""R7: a tenth of the servers dead and a tenth slow cost those that are well nothing."""

from pathlib import Path

from bench.line import percentile
from bench.sick_hosts import Sent, compare
from tests.isolation.flooding import run, slowness
from tests.isolation.sending import sender

HOSTS = 100
FOLLOWERS = 800
ROUNDS = 4
LONGER = 1.2
WAIT_SECONDS = 2.0
SHARE = 0.05


def test_r7_a_fifth_of_the_servers_ill_cost_the_others_nothing(tmp_path: Path) -> None:
    """Nothing is known of them at first. Of each figure the best round counts: the machine has other work."""
    slow = slowness()
    well, ill = run(compare(sender(tmp_path, 28), followers=FOLLOWERS, hosts=HOSTS, rounds=ROUNDS))
    slow = max(slow, slowness())
    assert all(len(one.waits) == FOLLOWERS * 8 // 10 for one in (*well, *ill))
    assert longer(well, ill) <= LONGER
    assert min(percentile(one.waits, 0.99) for one in ill) <= WAIT_SECONDS * slow
    assert min(one.cpu for one in ill) <= (1 + SHARE) * max(one.cpu for one in well)


def test_r7_without_places_for_the_ill_they_hold_up_everybody(tmp_path: Path) -> None:
    unguarded = sender(tmp_path, 29, "equal_places")
    well, ill = run(compare(unguarded, followers=FOLLOWERS, hosts=HOSTS, rounds=1))
    assert longer(well, ill) > LONGER


def longer(well: list[Sent], ill: list[Sent]) -> float:
    """How much longer those that are well waited for the last delivery, at the least."""
    return min(one.seconds / other.seconds for one, other in zip(ill, well, strict=True))
