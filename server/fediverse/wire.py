"""How our own documents become text: once, when they are written. What others wrote goes through
`federation`.
"""

import json
from collections.abc import Mapping
from typing import Any


def to_text(document: Mapping[str, Any]) -> str:
    """Compact JSON; letters of any script stay readable."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> dict[str, Any]:
    """One of our own stored documents; never for what came from elsewhere, which `federation.documents`
    reads.
    """
    document: dict[str, Any] = json.loads(text)
    return document
