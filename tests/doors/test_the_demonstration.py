"""`antipole demo` as somebody at a terminal has it: started again, ended in every way, interrupted, killed."""

import contextlib
import os
import pty
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli import demo_servers
from server.cli.demo_content import initiatives
from server.control.client import ask
from server.control.lock import InstanceLock

pytestmark = pytest.mark.slow

DEMO = [sys.executable, "-m", "server", "demo"]
ROOT = Path(__file__).parents[2]
START = 60.0
SECOND_START = 10.0
END = 10.0
NAMES = ("hub", "letters", "shkola", "offene-tuer")


class Demonstration:
    """A demonstration in a process of its own. Everything it says goes to one file."""

    def __init__(self, directory: Path, *command: str) -> None:
        self.directory = directory
        self._said = directory.with_name(f"{directory.name}.{time.monotonic_ns()}.txt")
        with self._said.open("wb") as output:
            self.process = subprocess.Popen(
                [*(command or DEMO), str(directory)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def ready(self, within: float) -> float:
        """How long it took."""
        started = time.monotonic()
        while "Ready" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - started < within, self.said
            time.sleep(0.05)
        return time.monotonic() - started

    def origins(self) -> list[str]:
        return [line.split("/  ")[0] for line in self.said.splitlines() if line.startswith("http://")]

    def end(self, number: int = signal.SIGTERM, status: int = 0) -> None:
        started = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(2 * END) == status, self.said
        assert time.monotonic() - started < END
        assert nobody_serves(self.directory), self.said


def nobody_serves(directory: Path) -> bool:
    """Whether every instance's lock is free."""
    for path in directory.glob("*/lock"):
        with InstanceLock(path, "command") as lock:
            if not lock.acquire():
                return False
    return True


def counts(directory: Path) -> dict[str, int]:
    found: dict[str, int] = ask(directory / "hub" / "control.sock", "stats", {})
    return found


@contextlib.contextmanager
def demonstration(directory: Path) -> Iterator[Demonstration]:
    running = Demonstration(directory)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(2 * END)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which a demonstration ran once and was ended by Ctrl-C."""
    directory = tmp_path_factory.mktemp("demonstration") / "data"
    with demonstration(directory) as first:
        first.ready(START)
        assert len(first.origins()) == len(set(first.origins())) == 4
        for origin in first.origins():
            with urllib.request.urlopen(f"{origin}/health", timeout=5) as answer:
                assert answer.status == 200
        found = counts(directory)
        assert found["listings"] == 3
        assert found["calls"] >= 6
        first.end(signal.SIGINT)
    assert sorted(path.name for path in directory.iterdir() if path.is_dir()) == sorted(NAMES)
    return directory


def test_a_second_start_takes_seconds_and_keeps_what_was_changed(made: Path) -> None:
    with demonstration(made) as second:
        second.ready(SECOND_START)
        before = counts(made)
        calls = before["calls"]
        published = ask(
            made / "letters" / "control.sock",
            "call.publish",
            {"handle": "letters", "title": "One more", "text": "Write."},
        )
        deadline = time.monotonic() + END
        while counts(made)["calls"] == calls:
            assert time.monotonic() < deadline, second.said
            time.sleep(0.05)
        origins = second.origins()
        second.end()
    with demonstration(made) as third:
        third.ready(SECOND_START)
        assert third.origins() == origins
        assert counts(made)["calls"] == calls + 1
        # What somebody takes away by hand is not put back at the next start.
        ask(made / "letters" / "control.sock", "call.withdraw", {"uri": published["uri"]})
        third.end(signal.SIGHUP)


def test_one_that_is_killed_stops_nobody_and_started_by_hand_gets_what_it_missed(made: Path) -> None:
    with demonstration(made) as running:
        running.ready(SECOND_START)
        hub = running.origins()[0]
        holder = (made / "hub" / "lock").read_text(encoding="utf-8").split()[1]
        os.kill(int(holder), signal.SIGKILL)
        deadline = time.monotonic() + END
        while "hub has ended" not in running.said:
            assert time.monotonic() < deadline, running.said
            time.sleep(0.05)
        call = {"handle": "letters", "title": "While the hub is away", "text": "Write."}
        uri = ask(made / "letters" / "control.sock", "call.publish", call)["uri"]
        by_hand = subprocess.Popen([sys.executable, "-m", "server", "serve", str(made / "hub")], cwd=ROOT)
        try:
            deadline = time.monotonic() + START
            while uri not in _calls_of(hub):
                assert time.monotonic() < deadline, running.said
                time.sleep(0.1)
            ask(made / "letters" / "control.sock", "call.withdraw", {"uri": uri})
            assert running.process.poll() is None
        finally:
            by_hand.terminate()
            by_hand.wait(2 * END)


def _calls_of(hub: str) -> str:
    try:
        with urllib.request.urlopen(f"{hub}/calls.json", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def test_a_demonstration_that_was_killed_leaves_no_servers_and_starts_again(made: Path) -> None:
    with demonstration(made) as killed:
        killed.ready(SECOND_START)
        killed.process.kill()
        killed.process.wait()
    with demonstration(made) as next_one:
        next_one.ready(SECOND_START)
        next_one.process.kill()
        next_one.process.wait()
    deadline = time.monotonic() + END
    while not nobody_serves(made):
        assert time.monotonic() < deadline, "servers outlive their demonstration"
        time.sleep(0.05)


def test_what_is_in_the_way_is_said_in_one_sentence(made: Path) -> None:
    with demonstration(made) as running:
        running.ready(SECOND_START)
        second = Demonstration(made)
        assert second.process.wait(START) == 2
        assert second.said.count("\n") == 1
        assert "runs in" in second.said
        running.end()
        host, port = running.origins()[1].removeprefix("http://").split(":")
    with socket.create_server((host, int(port))):
        blocked = Demonstration(made)
        assert blocked.process.wait(START) == 2
    assert f"{host}:{port} is taken" in blocked.said
    assert blocked.said.splitlines()[-1].endswith(".")
    assert "Traceback" not in blocked.said
    assert nobody_serves(made)


def test_make_run_at_a_terminal_ends_with_ctrl_c(made: Path) -> None:
    """Ctrl-C goes to everybody in the foreground: make, its shell, the demonstration."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        # The recipe, without building an environment for it.
        recipe = f"run:\n\t@exec {' '.join(DEMO)} {made}\n"
        Path(made, "Makefile").write_text(recipe, encoding="utf-8")
        os.execvp("make", ["make", "-f", str(made / "Makefile"), "run"])
    said = b""
    while b"Ready" not in said:
        said += os.read(terminal, 4096)
    started = time.monotonic()
    os.write(terminal, b"\x03")
    with contextlib.suppress(OSError):  # Linux says so when the other end is closed
        while more := os.read(terminal, 4096):
            said += more
    os.close(terminal)
    os.waitpid(child, 0)
    assert time.monotonic() - started < END
    assert b"The data is in" in said
    assert b"Traceback" not in said
    assert nobody_serves(made)


def test_an_interrupted_first_start_goes_on_where_it_ended(tmp_path: Path) -> None:
    interrupted = tmp_path / "interrupted"
    chance = random.Random(2)
    for number in (signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGTERM):
        running = Demonstration(interrupted)
        time.sleep(chance.uniform(0.6, 2.5))
        running.process.send_signal(number)
        running.process.wait(END)
        assert "Traceback" not in running.said
    with demonstration(interrupted) as again:
        again.ready(START)
        found = counts(interrupted)
        again.end()
    assert (found["listings"], found["calls"]) == (3, sum(len(one.calls()) for one in initiatives()))


def test_two_live_side_by_side_even_when_they_begin_at_the_same_moment(tmp_path: Path) -> None:
    with demonstration(tmp_path / "one") as one, demonstration(tmp_path / "other") as other:
        one.ready(START)
        other.ready(START)
        assert len({*one.origins(), *other.origins()}) == 8


def test_where_only_one_loopback_address_exists_ports_tell_the_servers_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    can_listen = demo_servers._can_listen
    monkeypatch.setattr(
        demo_servers, "_can_listen", lambda host, port: host == "127.0.0.1" and can_listen(host, port)
    )
    origins = demo_servers.free_origins([], 4)
    assert len(set(origins)) == 4
    assert all(origin.startswith("http://127.0.0.1:80") for origin in origins)
