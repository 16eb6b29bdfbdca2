"""Imports what nearly every test needs and is not ours, so that a process forked from this one need not.

Nothing of `federation`, `server` or `tests` may stand here: a guard is taken out while its module is being loaded.
"""

import importlib

NAMES = (
    "pytest",
    "_hypothesis_pytestplugin",
    "anyio.pytest_plugin",
    "argon2",
    "base58",
    "babel.dates",
    "cryptography.x509",
    "http_message_signatures",
    "httpx2",
    "hypothesis.strategies",
    "jinja2",
    "markdown_it",
    "msgspec.json",
    "nh3",
    "PIL.Image",
    "publicsuffixlist",
    "rfc8785",
    "starlette.applications",
    "starlette.routing",
    "typer",
    "uvicorn",
    "webauthn",
)

for name in NAMES:
    importlib.import_module(name)
