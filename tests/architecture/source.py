"""The code as text and as an import graph, for the tests that guard the house's laws."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("federation", "server")


def production_files() -> list[Path]:
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(file: Path) -> set[str]:
    """Absolute names; `from a import b` yields `a` and `a.b`, so that a module imported by name is seen."""
    return {name for names in _imports(ast.parse(file.read_text(encoding="utf-8"))) for name in names}


def _imports(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """What each import may mean, the more exact name last."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, f"{node.module}.{alias.name}") for alias in node.names)


def import_graph() -> dict[str, set[str]]:
    """Edges between our own modules only; `from package import module` leads to the module, not to both."""
    modules = {module_name(file): file for file in production_files()}

    def targets(file: Path) -> Iterator[str]:
        for names in _imports(ast.parse(file.read_text(encoding="utf-8"))):
            ours = [name for name in names if name in modules]
            if ours:
                yield ours[-1]

    return {name: set(targets(file)) - {name} for name, file in modules.items()}
