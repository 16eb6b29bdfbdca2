"""The unit that `antipole systemd` prints."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server import settings
from server.cli import systemd
from tests.server.cli.conftest import Antipole


def test_it_serves_this_instance_and_nothing_else_is_writable(antipole: Antipole, instance: Path) -> None:
    lines = antipole("systemd", instance).lines
    assert next(line for line in lines if line.startswith("ExecStart=")).endswith(f"serve {instance}")
    assert f"ReadWritePaths={instance}" in lines
    assert "ProtectSystem=strict" in lines
    assert "127.0.0.0/8" in next(line for line in lines if line.startswith("IPAddressAllow="))


def test_on_a_unix_socket_loopback_is_out_of_reach(antipole: Antipole, instance: Path) -> None:
    lines = antipole("systemd", instance, "--uds", "/run/antipole/web.sock").lines
    assert "RuntimeDirectory=antipole" in lines
    assert "localhost" in next(line for line in lines if line.startswith("IPAddressDeny="))
    assert not any("localhost" in line for line in antipole("systemd", instance).lines)


def test_names_that_systemd_would_read_otherwise_are_quoted(antipole: Antipole, tmp_path: Path) -> None:
    place = tmp_path / 'my 100% "own" $HOME'
    antipole("init", place, "--origin", "https://hub.example", "--roles", "hub")
    start = next(line for line in antipole("systemd", place).lines if line.startswith("ExecStart="))
    assert start.endswith('/my 100%% \\"own\\" $$HOME"')


def test_a_python_in_somebodys_home_stays_readable(
    antipole: Antipole, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/antipole/.venv/bin/python")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert "ProtectHome=yes" in antipole("systemd", instance).lines
    monkeypatch.setattr(sys, "base_prefix", "/root/.pyenv/versions/3.12.4")
    assert "ProtectHome=read-only" in antipole("systemd", instance).lines


def test_an_instance_of_root_gets_a_user_of_its_own_and_says_how(
    antipole: Antipole, instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "_owner", lambda place: "")
    printed = antipole("systemd", instance)
    assert "User=antipole" in printed.lines
    assert f"chown -R antipole: {instance}" in " ".join(printed.notes)
    monkeypatch.setattr(systemd, "_owner", lambda place: "garden")
    printed = antipole("systemd", instance)
    assert "User=garden" in printed.lines
    assert printed.notes == []


def test_name_servers_stay_reachable(antipole: Antipole, instance: Path, tmp_path: Path) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(
        "# a comment\nsearch lan\nnameserver 10.0.0.53\nnameserver fe80::1%eth0\nnameserver x\n"
    )
    allowed = systemd._allowed(settings.load(instance), resolver)
    assert allowed == ["127.0.0.0/8", "10.0.0.53", "fe80::1"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_its_exposure_is_as_low_as_promised(antipole: Antipole, instance: Path, tmp_path: Path) -> None:
    unit = tmp_path / "antipole.service"
    unit.write_text("\n".join(antipole("systemd", instance).lines))
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-200:] + judged.stderr


def test_several_processes_get_a_unit_each_for_answering_and_for_work(
    antipole: Antipole, tmp_path: Path
) -> None:
    made = settings.make(
        tmp_path, origin="https://hub.example", roles=["hub"], database="postgresql://antipole@10.1.2.3/hub"
    )
    settings.write(tmp_path, made)
    answering = antipole("systemd", tmp_path, "--web", "4", "--uds", "/run/antipole/web.sock").lines
    start = next(line for line in answering if line.startswith("ExecStart="))
    assert start.endswith(f"serve {tmp_path} --uds /run/antipole/web.sock --web 4")
    assert "MemoryMax=1024M" in answering
    working = antipole("systemd", tmp_path, "--work").lines
    assert next(line for line in working if line.startswith("ExecStart=")).endswith(f"work {tmp_path}")
    assert "antipole-work.service" in working[0]
    for lines in (answering, working):
        # An inner address, and denied but for this.
        assert "10.1.2.3" in next(line for line in lines if line.startswith("IPAddressAllow="))
    assert "no door" in antipole("systemd", tmp_path, "--work", "--web", "2").notes[-1]


@pytest.mark.parametrize(
    ("database", "allowed", "notes"),
    [
        ("postgresql://antipole@localhost/hub", "localhost", 0),
        ("postgresql://antipole@[fd00::5]:5433/hub", "fd00::5", 0),
        ("postgresql:///hub?host=/run/postgresql", "", 0),
        ("postgresql://antipole@db.inner.example/hub", "", 1),
    ],
)
def test_the_databases_server_stays_reachable(
    antipole: Antipole, tmp_path: Path, database: str, allowed: str, notes: int
) -> None:
    made = settings.make(tmp_path, origin="https://hub.example", roles=["hub"], database=database)
    settings.write(tmp_path, made)
    printed = antipole("systemd", tmp_path, "--work")
    line = next(line for line in printed.lines if line.startswith("IPAddressAllow="))
    assert allowed in line
    # One more where this test's user is root.
    assert len([note for note in printed.notes if "db.inner.example" in note]) == notes


@pytest.mark.parametrize("options", [("--web", "2"), ("--work",)])
def test_with_sqlite_there_is_one_unit(antipole: Antipole, instance: Path, options: tuple[str, ...]) -> None:
    refused = antipole("systemd", instance, *options)
    assert (refused.status, len(refused.notes)) == (2, 1)
    assert "SQLite" in refused.notes[0]
