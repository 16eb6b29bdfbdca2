"""`python -m tests.guards.without NUMBER`: runs one guard's test without that guard; pytest's exit status is ours."""

import os
import sys
import traceback
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.guards.catalogue import GUARDS
from tests.guards.guard import ROOT, Guard

NOT_FOUND = 70
"""The guard is not where the list says, or nothing ran: something else than a failing test."""


class _Weakened(MetaPathFinder, Loader):
    """Finds the guarded module, and loads its source with the guard taken out."""

    def __init__(self, name: str, file: Path, source: str) -> None:
        self._name, self._file, self._source = name, file, source

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = spec_from_loader(fullname, self, origin=str(self._file))
        if spec is not None and self._file.name == "__init__.py":
            spec.submodule_search_locations = [str(self._file.parent)]
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self._file)
        exec(compile(self._source, str(self._file), "exec"), module.__dict__)


def take_out(guard: Guard) -> None:
    """From now on this process reads `guard.file` without the guard."""
    file = ROOT / guard.file
    source = file.read_text(encoding="utf-8")
    if source.count(guard.old) != 1:
        print(f"{guard.file} holds {guard.old!r} {source.count(guard.old)} times")
        sys.exit(NOT_FOUND)
    weakened = source.replace(guard.old, guard.new)
    if file.suffix == ".py":
        name = ".".join(Path(guard.file).with_suffix("").parts).removesuffix(".__init__")
        sys.meta_path.insert(0, _Weakened(name, file, weakened))
        return
    read_text = Path.read_text

    def reads_weakened(path: Path, *args: Any, **kwargs: Any) -> str:
        return weakened if path.resolve() == file else read_text(path, *args, **kwargs)

    setattr(Path, "read_text", reads_weakened)  # noqa: B010 - to the type checker a method is no variable


def run(guard: Guard) -> int:
    """pytest's exit status. This process is spoilt for everything else."""
    ours = {name for name in sys.modules if name.partition(".")[0] in ("federation", "server")}
    if ours:
        print(f"too late to take out a guard: {sorted(ours)} are loaded")
        return NOT_FOUND
    take_out(guard)
    # Plugins that were loaded before pytest began are not rewritten; they assert nothing.
    quiet = ("-q", "--no-header", "-W", "ignore::pytest.PytestAssertRewriteWarning")
    return int(pytest.main(["-x", *quiet, guard.test]))


def run_and_end(number: int, output: Path) -> None:
    """For a forked process: what it says goes to a file, and nothing that a test left running keeps it."""
    with output.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    status = NOT_FOUND
    try:
        status = run(GUARDS[number])
    except BaseException:
        # Left to itself it would end this process with 1, which is what a test that fails ends it with.
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    sys.exit(run(GUARDS[int(sys.argv[1])]))
