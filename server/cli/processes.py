"""`serve --web N`: a parent that answers nothing itself, and N children that share its doors.

The children are forks, so that what all of them know is in memory once. One that dies is replaced. All of them end
when the parent's end of a pipe is closed, which also happens when the parent is killed.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import typer

from server.cli.output import tell
from server.cli.sentences import sentence_of
from server.cli.serving import LAST_WORK

STEADY = 10.0
"""Seconds after which a child is believed to be well: if it dies then, another one takes its place at once."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
KILLED_AFTER = LAST_WORK + 3.0

_SIGNALS = (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM)
_NO_SERVER = 2
"""The exit status of a child that could not begin and has said why."""


@dataclass(slots=True)
class _Place:
    """One of the N: who has it now, since when, and when somebody else is to take it."""

    number: int
    process: int | None = None
    since: float = 0.0
    pause: float = 0.0
    due: float = 0.0
    lives: int = 0


_LONGEST_REASON = 4096
"""Bytes, as many as a pipe takes at once or not at all."""

Run = Callable[[int, bool, int], None]
"""In a child: its number from 0, whether it is the first in that place, and what it can read once it is to end."""


def keep_running(count: int, run: Run, *, left_to_parent: Callable[[], None]) -> None:
    """Returns when all have ended after a signal; a second signal cuts them off.

    `left_to_parent` is called in each child first. Raises `typer.Exit(2)` when one cannot even begin, and has
    told why.
    """
    keeper = _Keeper(count, run, left_to_parent)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    # What is there now is there for good: the collector must not copy it into each child by looking at it.
    gc.collect()
    gc.freeze()
    try:
        keeper.keep()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Keeper:
    def __init__(self, count: int, run: Run, left_to_parent: Callable[[], None]) -> None:
        self._places = [_Place(number) for number in range(count)]
        self._run = run
        self._left_to_parent = left_to_parent
        self._ending, self._told = os.pipe()
        # Why a child could not begin: all of them have the same reason, and it is said once.
        self._reasons, self._reason = os.pipe()
        os.set_blocking(self._reasons, False)
        self._stopping: float | None = None
        self._status = 0

    def keep(self) -> None:
        while self._stopping is None or self._living():
            if self._stopping is None:
                self._fill()
            number = signal.sigtimedwait(_SIGNALS, self._seconds())
            if number is not None and number.si_signo != signal.SIGCHLD:
                self._stop()
            self._reap()
            if self._stopping is not None and time.monotonic() > self._stopping + KILLED_AFTER:
                self._signal(signal.SIGKILL)
        if self._status:
            raise typer.Exit(self._status)

    def _living(self) -> list[_Place]:
        return [place for place in self._places if place.process is not None]

    def _seconds(self) -> float:
        """Until there is something to do without a signal."""
        if self._stopping is not None:
            return 1.0
        due = [place.due for place in self._places if place.process is None]
        return max(0.0, min(due) - time.monotonic()) if due else 3600.0

    def _fill(self) -> None:
        for place in self._places:
            if place.process is None and time.monotonic() >= place.due:
                self._begin(place)

    def _begin(self, place: _Place) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        place.lives += 1
        place.since = time.monotonic()
        process = os.fork()
        if process == 0:
            self._live(place)
        place.process = process

    def _live(self, place: _Place) -> NoReturn:
        """In the child. Nothing of the parent's stack may be unwound here: it would remove the parent's sockets."""
        status = 1
        try:
            os.close(self._told)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            self._left_to_parent()
            self._run(place.number, place.lives == 1, self._ending)
            status = 0
        except KeyboardInterrupt:
            status = 130
        except Exception as error:
            status = _NO_SERVER
            os.write(self._reason, f"{' '.join(sentence_of(error).split())}\n".encode()[-_LONGEST_REASON:])
        finally:
            os._exit(status)

    def _stop(self) -> None:
        """Signals that come from a terminal or a service manager reach the children as well, and a second one cuts
        them off: the first is not passed on as a signal, but by the pipe.
        """
        if self._stopping is None:
            self._stopping = time.monotonic()
            os.close(self._told)
        else:
            self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        for place in self._living():
            assert place.process is not None
            os.kill(place.process, number)

    def _reap(self) -> None:
        for place in self._living():
            assert place.process is not None
            process, status = os.waitpid(place.process, os.WNOHANG)
            if process:
                place.process = None
                self._ended(place, os.waitstatus_to_exitcode(status))

    def _ended(self, place: _Place, status: int) -> None:
        why = self._why() if status == _NO_SERVER else ""
        if self._stopping is not None:
            return
        if status == _NO_SERVER and place.lives == 1:
            self._status = _NO_SERVER
            self._stop()
            tell(why)
            return
        now = time.monotonic()
        steady = now - place.since >= STEADY
        place.pause = 0.0 if steady else min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * place.pause))
        place.due = now + place.pause
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        tell(f"Warning: web process {place.number + 1} {how}; another one takes its place. {why}".rstrip())

    def _why(self) -> str:
        """What a child that could not begin had to say."""
        try:
            return os.read(self._reasons, _LONGEST_REASON).decode(errors="replace").partition("\n")[0]
        except BlockingIOError:
            return ""
