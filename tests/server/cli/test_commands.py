"""Verbs that work without a server, on a real instance."""

import json
import sqlite3
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from server.cli import backup
from server.control.stats import ALWAYS
from tests.server.cli.conftest import Antipole


@pytest.fixture
def letters(antipole: Antipole, instance: Path) -> Path:
    added = antipole(
        "initiative", "add", instance, "letters", "--name", "Letters", "--language", "uk", "--language", "en",
        "--theme", "prisoners", "--link", "Website=https://letters.example/?a=b",
    )  # fmt: skip
    assert added.status == 0, added.notes
    return instance


def publish(antipole: Antipole, instance: Path, *options: str) -> str:
    said = antipole("call", "publish", instance, "letters", "--title", "Write", "--text", "Please.", *options)
    assert said.status == 0, said.notes
    return said.lines[-1]


def test_stats_for_scripts_has_every_promised_number(antipole: Antipole, letters: Path) -> None:
    publish(antipole, letters)
    said = antipole("stats", letters, "--json")
    assert len(said.lines) == 1
    counts = json.loads(said.lines[0])
    assert counts.keys() >= set(ALWAYS)
    assert all(isinstance(number, int) for number in counts.values())
    assert counts["calls"] == 1


def test_stats_for_people_are_lines(antipole: Antipole, instance: Path) -> None:
    lines = antipole("stats", instance).lines
    assert "activities received" in " ".join(lines)
    assert len(lines) >= len(ALWAYS)


def test_a_call_lives_edits_and_ends(antipole: Antipole, letters: Path) -> None:
    uri = publish(antipole, letters, "--kind", "write", "--deadline", "2027-01-01", "--place", "undisclosed")
    assert antipole("call", "edit", letters, uri, "--title", "Write today", "--deadline", "").status == 0
    assert antipole("call", "close", letters, uri).status == 0
    assert antipole("call", "withdraw", letters, uri).status == 0
    again = antipole("call", "withdraw", letters, uri)
    assert len(again.notes) <= 1


def test_unknown_words_are_refused_with_the_list(antipole: Antipole, letters: Path) -> None:
    refused = antipole(
        "call", "publish", letters, "letters", "--title", "T", "--text", "T", "--kind", "dance"
    )
    assert refused.status == 2
    assert "translate" in refused.notes[0]


def test_what_the_person_should_know_goes_to_stderr(antipole: Antipole, letters: Path) -> None:
    said = antipole(
        "call", "publish", letters, "letters", "--title", "T", "--text", "T", "--place", "Springfield"
    )
    assert said.status == 0
    assert len(said.lines) == 1
    assert "Springfield" in said.notes[0]


@pytest.mark.parametrize("link", ["https://letters.example", "=https://letters.example", "Website="])
def test_a_link_needs_a_name_and_an_address(antipole: Antipole, letters: Path, link: str) -> None:
    refused = antipole("initiative", "edit", letters, "letters", "--link", link)
    assert refused.status == 2
    assert "--link" in refused.notes[0]


def test_an_icon_is_read_by_the_command_line(antipole: Antipole, letters: Path, tmp_path: Path) -> None:
    picture = tmp_path / "icon.png"
    Image.new("RGB", (64, 64), "navy").save(picture)
    edited = antipole(
        "initiative", "edit", letters, "letters", "--icon", picture, "--icon-alt", "A blue square"
    )
    assert edited.status == 0, edited.notes
    refused = antipole("initiative", "edit", letters, "letters", "--icon", tmp_path / "missing.png")
    assert "cannot be read" in refused.notes[0]
    large = tmp_path / "large"
    large.write_bytes(b"\0" * (8 * 1024 * 1024 + 1))
    assert "larger than 8 MiB" in antipole("initiative", "edit", letters, "letters", "--icon", large).notes[0]


def test_empty_values_empty_and_absent_ones_change_nothing(antipole: Antipole, letters: Path) -> None:
    assert antipole("initiative", "edit", letters, "letters", "--theme", "", "--link", "").status == 0
    assert antipole("initiative", "edit", letters, "letters").status in (0, 2)


def test_hub_verbs_return_once_the_wish_is_durable(antipole: Antipole, letters: Path) -> None:
    applied = antipole("hub", "apply", letters, "letters", "@hub@elsewhere.example")
    assert (applied.status, applied.lines) == (0, [])
    assert any("antipole hub memberships" in note for note in applied.notes)
    (line,) = antipole("hub", "memberships", letters).lines
    assert line.startswith("@letters@")
    assert "@hub@elsewhere.example" in line
    assert antipole("hub", "applications", letters).lines == []
    assert antipole("hub", "admit", letters, "@letters@elsewhere.example").status == 0
    assert antipole("hub", "remove", letters, "nonsense").status == 2


def test_initiatives_are_listed(antipole: Antipole, letters: Path) -> None:
    (line,) = antipole("initiative", "list", letters).lines
    assert line.startswith("@letters@")


def test_a_group_without_a_verb_shows_its_help_in_lines(antipole: Antipole) -> None:
    shown = antipole("hub")
    assert shown.status == 2
    assert any(line.split()[:1] == ["apply"] for line in shown.notes)


def test_blocks(antipole: Antipole, instance: Path) -> None:
    assert antipole("block", "add", instance, "Evil.Example").status == 0
    assert antipole("block", "add", instance, "https://other.example/users/eve").status == 0
    assert antipole("block", "list", instance).lines == [
        "https://evil.example",
        "https://other.example/users/eve",
    ]
    assert antipole("block", "remove", instance, "https://evil.example/").status == 0
    again = antipole("block", "remove", instance, "evil.example")
    assert (again.status, "is not blocked" in again.notes[0]) == (2, True)
    assert antipole("block", "add", instance, "not a host").status == 2


def test_lists_of_blocks(antipole: Antipole, instance: Path, tmp_path: Path) -> None:
    file = tmp_path / "blocks.csv"
    file.write_bytes(
        b"\xef\xbb\xbf#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\r\n"
        b"evil.example,suspend,false,false,Lies,false\r\n"
        b"loud.example,silence,false,false,,false\r\nnot a host,suspend\r\n"
    )
    said = antipole("block", "import", instance, file)
    assert (said.status, said.lines) == (0, ["new 1", "known 0"])
    assert "1 skipped: only limited or noted there, not blocked." in said.notes
    assert any(note.startswith("line 4: this is no host") for note in said.notes)
    assert antipole("block", "import", instance, file).lines == ["new 0", "known 1"]
    assert antipole("block", "list", instance).lines == ["https://evil.example"]
    exported = antipole("block", "export", instance).lines
    assert exported[1:] == ["evil.example,suspend,false,false,,false"]
    assert antipole("block", "export", instance, "--all").lines[1:] == [
        "evil.example,suspend,false,false,Lies,false"
    ]
    assert antipole("block", "import", instance, tmp_path / "nothing").status == 2
    file.write_bytes(b"PK\x03\x04")
    assert antipole("block", "import", instance, file).status == 2


def test_check_without_a_server_skips_what_needs_one(antipole: Antipole, letters: Path) -> None:
    said = antipole("check", letters)
    assert said.status == 0, said.lines
    assert said.lines[0] == "ok: the federation package is Antipole's own"
    kinds = [line.split(":")[0] for line in said.lines]
    assert set(kinds) == {"ok", "warning", "skipped"}
    assert kinds.count("skipped") == 2
    assert "127.0.0.0/8" in " ".join(said.lines)


def test_check_finds_missing_keys(antipole: Antipole, letters: Path) -> None:
    raw = sqlite3.connect(letters / "antipole.sqlite3")
    raw.execute("DELETE FROM actor_keys WHERE actor_id LIKE '%/letters'")
    raw.commit()
    raw.close()
    said = antipole("check", letters)
    assert said.status == 2
    assert [line for line in said.lines if line.startswith("problem: the keys of ") and "/letters" in line]


def test_a_backup_unpacked_elsewhere_is_the_instance(
    antipole: Antipole, letters: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "icon.png"
    Image.new("RGB", (64, 64), "navy").save(picture)
    antipole("initiative", "edit", letters, "letters", "--icon", picture)
    uri = publish(antipole, letters)
    file = tmp_path / "backup.tar"
    said = antipole("backup", letters, file)
    assert (said.status, said.lines) == (0, [str(file)])
    assert "keys" in said.notes[0]
    assert "encrypted" in said.notes[0]
    assert file.stat().st_mode & 0o777 == 0o600

    restored = tmp_path / "restored"
    restored.mkdir()
    with tarfile.open(file) as tar:
        assert {(member.uid, member.uname, member.mode) for member in tar} == {(0, "", 0o600)}
        # Not by `filter=`: Debian 12's Python does not know it yet.
        tar.extraction_filter = lambda member, _path: member
        tar.extractall(restored)
    assert {path.relative_to(restored).parts[0] for path in restored.rglob("*")} == {
        "antipole.toml",
        "antipole.sqlite3",
        "media",
    }
    assert antipole("stats", restored, "--json").lines == antipole("stats", letters, "--json").lines
    assert antipole("call", "edit", restored, uri, "--title", "Written elsewhere").status == 0
    assert antipole("check", restored).status == 0


def test_a_backup_never_overwrites_and_leaves_nothing_beside(
    antipole: Antipole, instance: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out" / "precious"
    assert "cannot be written" in antipole("backup", instance, file).notes[0]
    file.parent.mkdir()
    file.write_text("mine")
    assert "exists already" in antipole("backup", instance, file).notes[0]
    assert file.read_text() == "mine"
    assert list(file.parent.iterdir()) == [file]


def test_a_backup_in_a_directory_that_only_the_server_sees_is_no_success(
    antipole: Antipole, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit with PrivateTmp has a /tmp of its own: the file is written, and is gone when the server ends."""
    target = tmp_path / "backup.tar"
    monkeypatch.setattr(backup, "run_command", lambda *_: {"file": str(target), "notes": []})
    said = antipole("backup", instance, target)
    assert said.status == 2
    assert said.lines == []
    assert f"{instance}/backup.tar" in said.notes[-1]


def test_a_backups_file_may_be_named_from_here(
    antipole: Antipole, instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert antipole("backup", instance, "here.tar").lines == [str(tmp_path / "here.tar")]
