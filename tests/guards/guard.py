"""What a guard is, and how the list is shown."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "guards.md"


@dataclass(frozen=True, slots=True)
class Guard:
    """`old` stands exactly once in `file`; with `new` in its place the guard is out, and `test` must fail.

    `attack` is a case of the catalogue of hostile inputs, an advisory, or a few words. `test` is a pytest node id.
    """

    name: str
    attack: str
    file: str
    old: str
    new: str
    test: str


HEAD = """# Guards

Each line is a guard against an attack, and the test that fails when the guard is taken out of the source;
`tests/guards` takes each of them out in turn and runs that test. Case ids (SIG, IDC, SSR, RES, CON, INT) are families
of hostile inputs; AC ids are acceptance checks. Written by `python -m tests.guards`, never by hand.

| guard | attack | where | test |
|---|---|---|---|
"""


def page(guards: tuple[Guard, ...]) -> str:
    rows = [f"| {guard.name} | {guard.attack} | `{guard.file}` | `{guard.test}` |\n" for guard in guards]
    return HEAD + "".join(rows)
