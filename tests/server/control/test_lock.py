"""One process owns an instance."""

import signal
import subprocess
import sys
from pathlib import Path

from server.control.lock import InstanceLock, holder

HOLD = """
import sys, pathlib, time
from server.control.lock import InstanceLock
assert InstanceLock(pathlib.Path(sys.argv[1]), "serve").acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_only_one_holds_it_and_says_what_it_does(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert holder(path) == ""
    with InstanceLock(path, "serve") as first:
        assert first.acquire()
        assert holder(path) == "serve"
        assert not InstanceLock(path, "command").acquire()
        assert holder(path) == "serve"
    assert holder(path) == ""
    with InstanceLock(path, "command") as second:
        assert second.acquire()
        assert holder(path) == "command"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_killed_holder_holds_no_more(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with InstanceLock(path, "command") as ours:
        assert not ours.acquire()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert ours.acquire()


def test_releasing_what_was_never_taken_is_nothing(tmp_path: Path) -> None:
    InstanceLock(tmp_path / "lock", "command").release()
    assert not (tmp_path / "lock").exists()
