"""Who is sent to next: a line for each origin, places for those that are well, and few for those that are not.

No network, no database, no clock of its own: `loop.time()` is handed in.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence

from server.fediverse.deliveries import Delivery, ReadyOrigin

PER_ORIGIN = 2
AT_ONCE = 64
SICK_AT_ONCE = 16
"""Of those that failed or dawdled lately, together (SAFETY R7)."""

IN_ALL = 256
"""Those included that turn out to dawdle while they are asked: they give their place to others and go on."""

AHEAD = 8
"""Leased at a time for one that answers promptly: the next is sent when the last is answered, without a look at the
database."""

LEASED = 256
SLOW = 1.0
"""Seconds after which an answer no longer counts as prompt."""

REMEMBERED = 4096


class Line:
    """One origin: what is leased for it and waits here, and since when what is on its way has been."""

    __slots__ = ("flying", "origin", "probing", "proven", "sick", "slow", "waiting")

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.waiting: deque[Delivery] = deque()
        self.flying: dict[Delivery, float] = {}
        self.sick = self.slow = self.probing = self.proven = False

    @property
    def held(self) -> int:
        return len(self.waiting) + len(self.flying)

    @property
    def poor(self) -> bool:
        return self.sick or self.slow


class Lines:
    """All of them. What a line no longer keeps is in `given_back`, for whoever writes it to storage."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, Line] = OrderedDict()
        self._with_waiting: dict[str, Line] = {}
        self._well = self._poor = self._held = 0
        self._unwritten = 0
        self.given_back: list[Delivery] = []

    @property
    def flying(self) -> int:
        return self._well + self._poor

    @property
    def room(self) -> int:
        """How many more may be leased."""
        return LEASED - self._held

    def choose(self, ready: Sequence[ReadyOrigin]) -> list[tuple[ReadyOrigin, int]]:
        """How many to lease now for each ready origin."""
        free = self.room
        free_for_sick = SICK_AT_ONCE - sum(line.held for line in self._lines.values() if line.poor)
        chosen = []
        for origin in ready:
            line = self._line(origin.origin)
            line.sick, line.probing = origin.sick, origin.probing
            if line.poor:
                most = 1 if line.probing else PER_ORIGIN
                count = min(most - line.held, free, free_for_sick)
                free_for_sick -= max(count, 0)
            else:
                count = min((AHEAD if line.proven else PER_ORIGIN) - line.held, free)
            if count > 0:
                chosen.append((origin, count))
                free -= count
        return chosen

    def add(self, origin: str, leased: Sequence[Delivery]) -> None:
        if leased:
            line = self._line(origin)
            line.waiting.extend(leased)
            self._held += len(leased)
            self._with_waiting[origin] = line

    def start(self, now: float) -> Iterator[tuple[Line, Delivery]]:
        """What may be sent now, each counted as on its way."""
        for line in list(self._with_waiting.values()):
            while (delivery := self.next_of(line, now)) is not None:
                yield line, delivery

    def next_of(self, line: Line, now: float) -> Delivery | None:
        """The next of this line, counted as on its way; None when there is none or no place for it."""
        if not line.waiting or len(line.flying) >= PER_ORIGIN:
            return None
        if self.flying >= IN_ALL or (not line.poor and self._well + self._unwritten >= AT_ONCE):
            return None
        self._count(line, 1)
        delivery = line.waiting.popleft()
        if not line.waiting:
            self._with_waiting.pop(line.origin, None)
        line.flying[delivery] = now
        return delivery

    def landed(self, line: Line, delivery: Delivery, *, failed: bool | None, now: float) -> None:
        """It was answered, or given up; `failed` as in `Outcome`. Until its outcome is `written` it keeps its place: a
        kill makes us repeat no more than the places there are (SAFETY R3).
        """
        prompt = now - line.flying.pop(delivery) < SLOW
        self._held -= 1
        self._unwritten += 1
        self._count(line, -1)
        if failed:
            self._turn(line, sick=True, slow=line.slow)
        elif failed is False:
            self._turn(line, sick=False, slow=not prompt)
            line.proven = prompt

    def written(self, outcomes: int) -> None:
        self._unwritten -= outcomes

    def find_slow(self, now: float) -> bool:
        """Moves those that have kept us waiting to the poor; whether there were any."""
        slow = [
            line
            for line in self._lines.values()
            if not line.slow and any(now - since >= SLOW for since in line.flying.values())
        ]
        for line in slow:
            self._turn(line, sick=line.sick, slow=True)
        return bool(slow)

    def _turn(self, line: Line, *, sick: bool, slow: bool) -> None:
        before = line.poor
        self._count(line, -len(line.flying))
        line.sick, line.slow = sick, slow
        self._count(line, len(line.flying))
        if line.poor and not before:
            # What was leased on the belief that it is well waits its turn with the others of its kind.
            line.proven = False
            self.given_back.extend(line.waiting)
            self._held -= len(line.waiting)
            line.waiting.clear()
            self._with_waiting.pop(line.origin, None)

    def take_all_waiting(self) -> list[Delivery]:
        """At the end: what is leased and was not sent, and what was given back."""
        taken = self.given_back + [one for line in self._with_waiting.values() for one in line.waiting]
        self._lines.clear()
        self._with_waiting.clear()
        self.given_back = []
        self._well = self._poor = self._held = 0
        return taken

    def _count(self, line: Line, more: int) -> None:
        if line.poor:
            self._poor += more
        else:
            self._well += more

    def _line(self, origin: str) -> Line:
        line = self._lines.get(origin)
        if line is None:
            line = self._lines[origin] = Line(origin)
            if len(self._lines) > REMEMBERED:
                for name in [name for name, one in self._lines.items() if not one.held][: REMEMBERED // 8]:
                    del self._lines[name]
                self._lines[origin] = line
        return line
