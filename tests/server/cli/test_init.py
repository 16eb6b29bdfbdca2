"""`antipole init`: what it makes, and what it refuses in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from server import settings
from server.settings import SettingsError
from tests.postgres_server import PostgresServer
from tests.server.cli.conftest import Antipole

HUB = ("--origin", "https://hub.example", "--roles", "hub")


def test_it_makes_settings_and_a_database_for_their_owner_alone(antipole: Antipole, tmp_path: Path) -> None:
    place = tmp_path / "new" / "hub"
    made = antipole("init", place, *HUB, "--name", 'The "Hub" \\ Ґ', "--hub-handle", "table")
    assert (made.status, made.lines) == (0, [])
    assert f"antipole serve {place}" in made.notes[0]
    assert place.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in place.iterdir()} == {
        "antipole.toml": 0o600,
        "antipole.sqlite3": 0o600,
    }
    loaded = settings.load(place)
    assert (loaded.origin, loaded.authority) == ("https://hub.example", "hub.example")
    assert (loaded.roles, loaded.name, loaded.hub_handle) == (("hub",), 'The "Hub" \\ Ґ', "table")
    assert (loaded.allowed_networks, loaded.announce_cap, loaded.is_https) == ((), 24, True)
    assert loaded.uses("hub")
    assert not loaded.uses("initiative")


def test_secure_mode_and_a_domain_of_handles_are_kept(antipole: Antipole, tmp_path: Path) -> None:
    place = tmp_path / "new"
    made = antipole("init", place, *HUB, "--secure-mode", "--account-domain", "Example.ORG ")
    assert made.status == 0, made.notes
    loaded = settings.load(place)
    assert (loaded.secure_mode, loaded.account_domain) == (True, "example.org")
    assert (loaded.handle_domain, loaded.authority) == ("example.org", "hub.example")
    assert loaded.handle_domains == ("example.org", "hub.example")
    # the host itself is no other domain
    plain = tmp_path / "plain"
    assert antipole("init", plain, *HUB, "--account-domain", "hub.example").status == 0
    assert settings.load(plain).handle_domains == ("hub.example",)
    assert settings.load(plain).secure_mode is False


def test_an_empty_directory_will_do_and_becomes_private(antipole: Antipole, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert antipole("init", tmp_path, *HUB).status == 0
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_whatever_is_there_is_left_alone(antipole: Antipole, tmp_path: Path) -> None:
    file = tmp_path / "precious"
    file.write_text("mine")
    for place, why in ((tmp_path, "is not empty"), (file, "is a file")):
        refused = antipole("init", place, *HUB)
        assert refused.status == 2
        assert why in refused.notes[0]
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ("hub.example", "https:// in front"),
        ("ftp://hub.example", "https:// in front"),
        ("https://", "https:// in front"),
        ("https://hub.example/path", "without a path"),
        ("https://hub.example?x", "without a path"),
        ("https://me:secret@hub.example", "user name"),
        ("http://hub.example", "--allow-network"),
        ("https://hub.example:8443", "--allow-network"),
        ("https://hub.example:99999", "write it like"),
        ("https://192.0.2.1", "--allow-network"),
        ("https://[2001:db8::1]", "--allow-network"),
        ("https://localhost", "full name"),
        ("https://hub", "full name"),
        ("https://hub_1.example", "full name"),
        ("https://ґанок.example", "xn--"),
        ("https://hub.example\\@evil.example", "user name"),
        ("https://hub.local", "public names"),
        ("https://hub.onion", "public names"),
        ("https://hub.example:0", "write it like|--allow-network"),
        ("", "DIR|--origin"),
    ],
)
def test_a_wrong_origin_is_one_sentence_and_makes_nothing(
    antipole: Antipole, tmp_path: Path, origin: str, why: str
) -> None:
    place = tmp_path / "new"
    refused = antipole("init", place, "--origin", origin, "--roles", "hub")
    assert (refused.status, refused.lines, len(refused.notes)) == (2, [], 1)
    assert any(word in refused.notes[0] for word in why.split("|"))
    assert not place.exists()


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("https://HUB.Example/", "https://hub.example"),
        ("https://hub.example:443", "https://hub.example"),
        ("https://xn--80aaxitdbjk.xn--p1ai", "https://xn--80aaxitdbjk.xn--p1ai"),
        ("http://127.0.0.2:80", "http://127.0.0.2"),
        ("http://127.0.0.2:8001", "http://127.0.0.2:8001"),
        ("http://[::1]:8001", "http://[::1]:8001"),
        ("http://hub.example:8001", "http://hub.example:8001"),
        ("http://LOCALHOST:8001/", "http://localhost:8001"),
    ],
)
def test_an_origin_has_one_spelling(antipole: Antipole, tmp_path: Path, given: str, canonical: str) -> None:
    networks = (
        () if given.startswith("https") else ("--allow-network", "127.0.0.0/8", "--allow-network", "::1")
    )
    made = antipole("init", tmp_path / "new", "--origin", given, "--roles", "initiative", *networks)
    assert made.status == 0, made.notes
    assert settings.load(tmp_path / "new").origin == canonical


def test_an_address_outside_the_allowed_network_is_refused(antipole: Antipole, tmp_path: Path) -> None:
    options = ("--origin", "http://192.0.2.7", "--roles", "hub", "--allow-network", "127.0.0.0/8")
    assert "network that contains it" in antipole("init", tmp_path / "new", *options).notes[0]


def test_localhost_needs_loopback_to_be_allowed(antipole: Antipole, tmp_path: Path) -> None:
    options = ("--origin", "http://localhost:8001", "--roles", "hub", "--allow-network", "10.0.0.0/8")
    assert "--allow-network" in antipole("init", tmp_path / "new", *options).notes[0]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--roles", "hub,mirror"), "not mirror"),
        (("--roles", ","), "at least one"),
        (("--roles", "hub", "--hub-handle", "the hub"), "letters a-z"),
        (("--roles", "hub", "--allow-network", "127.0.0.1/8"), "not a network"),
        (("--roles", "hub", "--allow-network", "here"), "not a network"),
        (("--roles", "hub", "--account-domain", "https://example.org"), "without https://"),
        (("--roles", "hub", "--account-domain", "example.org/path"), "write it like"),
        (("--roles", "hub", "--account-domain", "example"), "write it like"),
        (("--roles", "hub", "--account-domain", "example.org:8443"), "write it like"),
    ],
)
def test_other_wrong_words(antipole: Antipole, tmp_path: Path, options: tuple[str, ...], why: str) -> None:
    refused = antipole("init", tmp_path / "new", "--origin", "https://hub.example", *options)
    assert (refused.status, len(refused.notes)) == (2, 1)
    assert why in refused.notes[0]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((), "DIR"),
        (("{}",), "--origin"),
        (("{}", "--origin", "https://hub.example"), "--roles"),
    ],
)
def test_away_from_a_terminal_nothing_is_asked(tmp_path: Path, arguments: tuple[str, ...], what: str) -> None:
    filled = [argument.format(tmp_path / "new") for argument in arguments]
    ended = subprocess.run(
        [sys.executable, "-m", "server", "init", *filled],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == b""
    assert ended.stderr.decode().startswith(f"{what} is missing")
    assert ended.stderr.count(b"\n") == 1


def test_at_a_terminal_only_what_is_missing_is_asked(
    antipole: Antipole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def prompt(question: str, **_: object) -> str:
        asked.append(question)
        return "hub" if question.startswith("Roles") else "https://hub.example"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(typer, "prompt", prompt)
    assert antipole("init", tmp_path / "new").status == 0
    assert [question.split()[0] for question in asked] == ["Public", "Roles"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("origin = ", "has a mistake"),
        ('origin = "https://hub.example"', "roles"),
        ('origin = "https://hub.example"\nroles = ["hub"]\nname = "n"\ncolour = "red"', "colour"),
        ('origin = "https://hub.example"\nroles = "hub"\nname = "n"', "array"),
        ('origin = "http://hub.example"\nroles = ["hub"]\nname = "n"', "--allow-network"),
        ('origin = "https://hub.example"\nroles = ["hub"]\nname = "n"\nannounce_cap = 0', "1 or more"),
    ],
)
def test_settings_spoiled_by_hand_are_named_with_their_mistake(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "antipole.toml").write_text(text)
    with pytest.raises(SettingsError, match=why) as refused:
        settings.load(tmp_path)
    assert str(refused.value).startswith(str(tmp_path / "antipole.toml"))


def test_on_postgresql_the_settings_keep_its_address(
    antipole: Antipole, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    address = postgres_server.new_database()
    place = tmp_path / "new"
    assert antipole("init", place, *HUB, "--database", address).status == 0
    assert settings.load(place).database == address
    assert {path.name: path.stat().st_mode & 0o777 for path in place.iterdir()} == {"antipole.toml": 0o600}
    checked = antipole("check", place)
    assert "ok: the database is sound" in checked.lines
    # A second instance in the same database would share its rows.
    again = antipole("init", tmp_path / "other", *HUB, "--database", address)
    assert again.status == 2
    assert "not empty: make a new one" in again.notes[0]
    assert not (tmp_path / "other" / "antipole.toml").exists()
    postgres_server.drop(address)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", "does not answer"),
        ("mysql://u:secret@host/x", "postgresql://user@host/name"),
        ("postgresql://u:secret@[", "cannot be read"),
    ],
)
def test_a_database_that_cannot_be_had_is_told_in_a_sentence_without_its_password(
    antipole: Antipole, tmp_path: Path, address: str, why: str
) -> None:
    refused = antipole("init", tmp_path / "new", *HUB, "--database", address)
    assert refused.status == 2
    assert len(refused.notes) == 1
    assert why in refused.notes[0]
    assert "secret" not in refused.notes[0]
    assert not (tmp_path / "new" / "antipole.toml").exists()
