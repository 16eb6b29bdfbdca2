"""axe-core: asks a page what of the Web Content Accessibility Guidelines it breaks.

Its text is evaluated through the debugger, which a content security policy does not restrain, so that the page is
asked with its policy in force.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests import npm_folder

FOLDER = Path(__file__).parent
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ASK = """
async rules => {
    const said = await axe.run(document, {
        runOnly: {type: "tag", values: rules},
        resultTypes: ["violations"],
    });
    // Where a mark stands on a map is what it says: WCAG 2.5.8 names this very exception. The list has it all.
    const onMap = node => document.querySelector(node.target.at(-1))?.closest(".map .live");
    return said.violations.map(found => found.id !== "target-size" ? found
        : {...found, nodes: found.nodes.filter(node => !onMap(node))}).filter(found => found.nodes.length);
}
"""


def findings(page: Page) -> list[str]:
    """One line for each rule that the page breaks, with the elements that break it."""
    with _timers_in(page):
        page.evaluate(_source())
        violations: list[dict[str, Any]] = page.evaluate(ASK, list(RULES))
    return [
        f"{found['id']}: {found['help']} ({', '.join(_where(node) for node in found['nodes'][:4])})"
        for found in violations
    ]


@contextmanager
def _timers_in(page: Page) -> Iterator[None]:
    """Axe waits for timers, which do not run where script is off; the page itself stays as it was loaded without."""
    if not page.evaluate("() => matchMedia('(scripting: none)').matches"):
        yield
        return
    debugger = page.context.new_cdp_session(page)
    # Only what this very session has turned off can it turn on.
    for off in (True, False):
        debugger.send("Emulation.setScriptExecutionDisabled", {"value": off})
    yield
    debugger.send("Emulation.setScriptExecutionDisabled", {"value": True})


@lru_cache(maxsize=1)
def _source() -> str:
    """Raises NpmUnavailable."""
    npm_folder.install(FOLDER, "ask axe about our pages")
    return (FOLDER / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def _where(node: dict[str, Any]) -> str:
    return " ".join(str(part) for part in node["target"])
