"""The invented content of the demonstration, out of `demo_content.toml`."""

import base64
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).with_name("demo_content.toml")
ICON_SIDE = 192


@dataclass(frozen=True, slots=True)
class HubContent:
    name: str
    handle: str = "hub"


@dataclass(frozen=True, slots=True)
class InitiativeContent:
    """`profile` and `calls` are arguments of the commands that publish them."""

    name: str
    handle: str
    table: Mapping[str, Any]

    def profile(self) -> dict[str, Any]:
        wanted = ("handle", "name", "summary", "languages", "themes", "place", "links")
        icon = base64.b64encode(drawn_icon(self.table["icon"])).decode()
        return {
            **{name: self.table[name] for name in wanted},
            "icon": icon,
            "icon_alt": f"A ring in one colour, the sign of {self.name}",
        }

    def calls(self) -> Sequence[dict[str, Any]]:
        return [self._call(call) for call in self.table["call"]]

    def _call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        today = datetime.now(UTC).replace(hour=17, minute=0, second=0, microsecond=0)
        arguments = {name: value for name, value in call.items() if not name.endswith("_in_days")}
        if "start_in_days" in call:
            arguments["start"] = (today + timedelta(days=call["start_in_days"])).isoformat()
        if "deadline_in_days" in call:
            arguments["deadline"] = (today + timedelta(days=call["deadline_in_days"])).date().isoformat()
        return {"handle": self.handle, **arguments}


def hub_content() -> HubContent:
    return HubContent(_tables()["hub"]["name"])


def initiatives() -> list[InitiativeContent]:
    return [InitiativeContent(table["name"], table["handle"], table) for table in _tables()["initiative"]]


def drawn_icon(colour: str) -> bytes:
    """A ring on paper, as PNG."""
    # Not above: every verb of the command line reads this file, and a server would keep Pillow in memory for good.
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (ICON_SIDE, ICON_SIDE), "#faf8f4")
    ImageDraw.Draw(image).ellipse((36, 36, ICON_SIDE - 36, ICON_SIDE - 36), outline=colour, width=26)
    encoded = io.BytesIO()
    image.save(encoded, "PNG")
    return encoded.getvalue()


def _tables() -> dict[str, Any]:
    return tomllib.loads(CONTENT.read_text(encoding="utf-8"))
