"""The land on the map: one outline for the server's SVG and for the script in the browser. Land, never borders.

`server/static/map/outline.json` (scripts/build_outline.py) holds rings of whole numbers: the first point as longitude
and latitude, then the step to each next point, all in `stepsPerDegree`. Lakes and inland seas are rings like any
other, so fill with the rule "evenodd".
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

_SOURCE: Final = Path(__file__).resolve().parent.parent / "static" / "map" / "outline.json"
# Land is cut a little outside the picture, so that the cut itself is never seen.
_MARGIN: Final = 8

_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the world in degrees, and the picture it is drawn into: width and height in units of the SVG."""

    west: float
    south: float
    east: float
    north: float
    width: int
    height: int

    def holds(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def _mercator(latitude: float) -> float:
    """Latitude on Mercator's map, in radians of the equator."""
    bounded = math.radians(max(-85.0, min(85.0, latitude)))
    return math.log(math.tan(math.pi / 4 + bounded / 2))


def _frame(west: float, south: float, east: float, north: float, width: int) -> Frame:
    """A frame of true proportions."""
    height = width * (_mercator(north) - _mercator(south)) / math.radians(east - west)
    return Frame(west, south, east, north, width, round(height))


# From Ireland to the Caspian Sea, so that Tbilisi, Yerevan and Baku are on it.
EUROPE: Final = _frame(-12, 34, 52, 67, 800)
# As far as Iceland, the Ob and Almaty.
EUROPE_AND_CENTRAL_ASIA: Final = _frame(-25, 30, 90, 71, 900)
# And both coasts of North America: where people from there live in exile.
NORTH: Final = _frame(-130, 15, 92, 70, 1000)
WORLD: Final = _frame(-170, -56, 190, 76, 1000)


def frame_for(points: Iterable[tuple[float, float]]) -> Frame:
    """The smallest frame that holds all points (latitude, longitude); Europe when there are none."""
    kept = list(points)
    for frame in (EUROPE, EUROPE_AND_CENTRAL_ASIA, NORTH):
        if all(frame.holds(latitude, longitude) for latitude, longitude in kept):
            return frame
    return WORLD


def project(latitude: float, longitude: float, frame: Frame) -> tuple[int, int]:
    """Where a point lies in the picture: x to the right, y down; may lie outside. Mercator."""
    x, y = _projected(latitude, longitude, frame)
    return round(x), round(y)


@lru_cache(maxsize=8)
def outline_path(frame: Frame) -> str:
    """The land as data of one SVG path, whole numbers ("M..l..z"); draw it with fill-rule="evenodd"."""
    parts = []
    for ring in _rings():
        for shift in (-360, 0, 360):
            drawn = [_projected(latitude, longitude + shift, frame) for longitude, latitude in ring]
            parts.append(_path(_clipped(drawn, frame)))
    return "".join(parts)


def _projected(latitude: float, longitude: float, frame: Frame) -> _Point:
    top, bottom = _mercator(frame.north), _mercator(frame.south)
    x = (longitude - frame.west) / (frame.east - frame.west) * frame.width
    y = (top - _mercator(latitude)) / (top - bottom) * frame.height
    return x, y


@lru_cache(maxsize=1)
def _rings() -> tuple[tuple[_Point, ...], ...]:
    outline = json.loads(_SOURCE.read_bytes())
    steps: float = outline["stepsPerDegree"]
    rings = []
    for coded in outline["rings"]:
        x = y = 0
        ring = []
        for dx, dy in zip(coded[::2], coded[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x / steps, y / steps))
        rings.append(tuple(ring))
    return tuple(rings)


def _clipped(ring: list[_Point], frame: Frame) -> list[_Point]:
    """The ring inside the frame (Sutherland and Hodgman 1974); edges that run along the frame stay."""
    low, right, bottom = -float(_MARGIN), frame.width + _MARGIN, frame.height + _MARGIN
    for axis, bound, sign in ((0, low, 1), (0, right, -1), (1, low, 1), (1, bottom, -1)):
        kept: list[_Point] = []
        for start, end in pairwise([ring[-1], *ring]) if ring else ():
            inside, was_inside = sign * (end[axis] - bound) >= 0, sign * (start[axis] - bound) >= 0
            if inside != was_inside:
                share = (bound - start[axis]) / (end[axis] - start[axis])
                kept.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
            if inside:
                kept.append(end)
        ring = kept
    return ring


def _path(ring: list[_Point]) -> str:
    points = [(round(x), round(y)) for x, y in ring]
    points = [point for i, point in enumerate(points) if point != points[i - 1]]
    if len(points) < 3:
        return ""
    steps = [(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(points)]
    numbers = "".join(f"{'' if n < 0 else ' '}{n}" for step in steps for n in step)
    return f"M{points[0][0]} {points[0][1]}l{numbers.lstrip()}z"
