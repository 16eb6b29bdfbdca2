"""The tutorial in `docs/federation` runs as it stands, in a process that has neither our server nor a framework."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "federation" / "README.md"
ENDING = """
import sys
assert not {"server", "starlette", "aiosqlite", "sqlite3"} & set(sys.modules), "it needs more than the library"
"""


def code() -> str:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return "".join(blocks)


def test_two_servers_follow_post_and_verify(tmp_path: Path) -> None:
    program = tmp_path / "two_servers.py"
    program.write_text(code() + ENDING, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(program)]
    run = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    shown = re.findall(r"^    (Read: .*)$", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE)
    assert run.stdout.splitlines() == shown


def test_it_takes_fewer_than_eighty_lines() -> None:
    assert len([line for line in code().splitlines() if line.strip()]) < 80
