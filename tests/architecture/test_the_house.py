"""The laws of `docs/architecture.md`, each with the test that fails when it is broken."""

import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, import_graph, imported_modules, module_name, production_files

NOT_ROOMS = {"util", "utils", "helpers", "common", "manager", "base", "misc"}


def test_import_contracts_hold() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_there_are_no_import_circles() -> None:
    try:
        list(TopologicalSorter(import_graph()).static_order())
    except CycleError as circle:
        pytest.fail(f"import circle: {' -> '.join(circle.args[1])}")


def test_no_python_file_is_over_400_lines() -> None:
    files = [
        *production_files(),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "scripts").rglob("*.py"),
        *(ROOT / "bench").rglob("*.py"),
    ]
    fat = {
        str(file.relative_to(ROOT)): lines
        for file in files
        if "node_modules" not in file.parts
        and (lines := len(file.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert fat == {}


def test_rooms_are_named_after_acts_or_documents() -> None:
    assert [name for name in map(module_name, production_files()) if NOT_ROOMS & set(name.split("."))] == []


def test_model_rooms_do_no_input_or_output() -> None:
    forbidden = (
        "server.storage",
        "server.web",
        "starlette",
        "aiosqlite",
        "sqlite3",
        "httpx2",
        "asyncio",
        "federation.client",
    )
    offenders = {
        module_name(file): sorted(name for name in imported_modules(file) if name.startswith(forbidden))
        for file in production_files()
        if file.name == "model.py" and any(name.startswith(forbidden) for name in imported_modules(file))
    }
    assert offenders == {}


def test_pages_and_inboxes_reach_storage_only_through_actions_and_stores() -> None:
    """They may name the Transaction they are handed; drivers and query loaders are the stores' business."""
    forbidden = (
        "server.storage.sqlite",
        "server.storage.queries",
        "server.storage.migrate",
        "aiosqlite",
        "sqlite3",
    )
    offenders = {
        module_name(file): sorted(name for name in imported_modules(file) if name.startswith(forbidden))
        for file in production_files()
        if file.name in {"pages.py", "inbox.py"}
        and any(name.startswith(forbidden) for name in imported_modules(file))
    }
    assert offenders == {}


def test_only_stores_load_queries() -> None:
    loaders = {
        module_name(file)
        for file in production_files()
        if "server.storage.queries" in imported_modules(file)
        and not module_name(file).startswith("server.storage")
    }
    assert {name for name in loaders if not name.endswith(".store")} == set()


def test_nothing_committed_names_a_package_registry() -> None:
    hosts = ("pypi" + ".org", "files.pythonhosted" + ".org", "registry.npmjs" + ".org")
    listed = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
        .stdout.decode()
        .split("\0")
    )
    named = [
        name
        for name in listed
        if name
        and (ROOT / name).is_file()
        and any(host in (ROOT / name).read_bytes().decode("latin-1") for host in hosts)
    ]
    assert named == []
