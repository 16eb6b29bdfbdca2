"""How our own documents become text: once, when they are written. Nobody serialises them a second time."""

import json
from collections.abc import Mapping
from typing import Any


def to_text(document: Mapping[str, Any]) -> str:
    """Compact JSON; letters of any script stay readable."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
