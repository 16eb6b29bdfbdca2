"""What the documents say of the code is so: links lead somewhere, commands exist, supported FEPs are tested."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from server.cli.verbs import application
from tests.architecture.source import ROOT

BUILT = {"node_modules", "build", "demo-data", "test-output"}
DOCUMENTS = sorted(
    file
    for file in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in BUILT for part in file.relative_to(ROOT).parts[:-1])
)
ROOMS = re.compile(r"`((?:federation|server|templates|tests|docs|scripts)/[A-Za-z0-9_./-]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^ {4}\S.*$|^```\w*\n.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def anchors(file: Path) -> set[str]:
    """As the usual forges make them of headings."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", DOCUMENTS, ids=named)
def test_every_internal_link_leads_somewhere(file: Path) -> None:
    dead = []
    for target in LINK.findall(file.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (file.parent / path).resolve() if path else file
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("file", DOCUMENTS, ids=named)
def test_every_room_that_a_document_names_exists(file: Path) -> None:
    rooms = ROOMS.findall(file.read_text(encoding="utf-8"))
    assert not [room for room in rooms if "000N" not in room and not (ROOT / room).exists()]


def commands_in(text: str) -> Iterator[list[str]]:
    """`antipole verb ...` wherever it stands in code, continued lines joined, comments and pipes cut off."""
    for code in CODE.findall(text.replace("\\\n", " ")):
        for line in code.strip("`").splitlines():
            for words in re.findall(r"(?<![\w/.-])antipole ((?:[a-z]|--help)[^|>&;`]*)", line):
                yield shlex.split(re.sub(r" {4,}.*|\s#.*", "", words.strip()), posix=True)


@pytest.mark.parametrize("file", DOCUMENTS, ids=named)
def test_every_command_that_a_document_shows_exists_with_its_options(file: Path) -> None:
    wrong = []
    for words in commands_in(file.read_text(encoding="utf-8")):
        command = typer.main.get_command(application)
        rest = list(words)
        while isinstance(command, TyperGroup) and rest and rest[0] in command.commands:
            command = command.commands[rest.pop(0)]
        known = {"--help"} | {name for option in command.params for name in option.opts}
        unknown = [word.partition("=")[0] for word in rest if word.startswith("--")]
        no_verb = isinstance(command, TyperGroup) and rest != ["--help"]
        if no_verb or not known.issuperset(unknown):
            wrong.append(" ".join(words))
    assert not wrong


def test_the_readme_shows_commands() -> None:
    """Or the test above would pass for a README whose commands it cannot see."""
    shown = {words[0] for words in commands_in((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert {"init", "initiative", "call", "systemd", "check", "backup", "hub"} <= shown


def supported(section: str) -> list[tuple[str, list[str]]]:
    """The rows of a table of FEDERATION.md: what is supported, and the tests that show it."""
    text = (ROOT / "FEDERATION.md").read_text(encoding="utf-8")
    table = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| [")]
    return [(row[3:].partition("]")[0], re.findall(r"`(tests/[^`]+)`", row)) for row in rows]


FEPS = supported("Supported FEPs")
STANDARDS = supported("Supported federation protocols and standards")


def test_ac_3_4_feps_are_listed() -> None:
    """FEP-67ff: FEDERATION.md lists the FEPs; the code names no other."""
    files = [file for package in ("federation", "server") for file in (ROOT / package).rglob("*.py")]
    in_code = {fep for file in files for fep in re.findall(r"FEP-[0-9a-f]{4}\b", file.read_text("utf-8"))}
    assert {fep for fep, _ in FEPS} == in_code | {"FEP-67ff"}


@pytest.mark.parametrize(("what", "tests"), [*FEPS, *STANDARDS])
def test_ac_3_4_whatever_is_supported_has_a_test(what: str, tests: list[str]) -> None:
    assert tests
    for test in tests:
        path, _, name = test.partition("::")
        wanted = f"def {name}(" if name else "def test_"
        assert wanted in (ROOT / path).read_text(encoding="utf-8")


def packages() -> set[str]:
    """Every room with a door of its own; locale, static and their like hold no code."""
    return {
        str(init.parent.relative_to(ROOT))
        for init in (ROOT / "server").rglob("__init__.py")
        if init.parent != ROOT / "server"
    }


def test_the_plan_of_the_house_shows_all_its_rooms_and_no_others() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    plan = text.partition("\n## Rooms and floors\n")[2].partition("\n## ")[0]
    shown = set(re.findall(r"\bserver/[\w/]*\w", plan))
    rooms = {room for room in shown if (ROOT / room).is_dir()}
    assert shown - rooms <= {str(f.relative_to(ROOT).with_suffix("")) for f in (ROOT / "server").glob("*.py")}
    assert rooms == {room for room in packages() if room.count("/") <= 2}
