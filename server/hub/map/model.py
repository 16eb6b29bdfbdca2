"""The map: what lies where, and how it is drawn. Only named places that were disclosed, only the gazetteer's points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt
from typing import Literal

from server.hub.calls.store import PlacedCall
from server.hub.listings.store import PlacedListing
from server.taxonomy.outline import Frame, frame_for, outline_path, project
from server.taxonomy.places import Place, by_label, local_name

MOST_DOTS = 60
"""Dots drawn on the page, the largest first: more would break the page's weight. points.json has all."""

MOST_NAMES = 8
SMALLEST, LARGEST = 8, 24
OVERLAP = 0.6
"""Of two dots nearer to each other than this share of their radii the smaller is left out: nobody could hit it."""

NAME_HEIGHT, LETTER = 26, 11
ON_PHONES = 1.6
"""On a phone names are drawn so many times as large, and only those that have room for that."""


_Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One named place with what is there."""

    place: Place
    initiatives: tuple[PlacedListing, ...]
    calls: tuple[PlacedCall, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How much there is in one named place."""

    place: Place
    initiatives: int
    calls: int

    @property
    def number(self) -> int:
        return self.initiatives + self.calls


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle of the SVG; `label` federates, `name` is the place's in the reader's language.

    `named`: the name is written beside it, on wide screens only or always.
    """

    x: int
    y: int
    radius: int
    label: str
    name: str
    initiatives: int
    calls: int
    named: Literal["", "wide", "always"] = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    frame: Frame
    land: str
    dots: tuple[Dot, ...]


def spots(listings: Iterable[PlacedListing], calls: Iterable[PlacedCall]) -> list[Spot]:
    """The places in order of their labels. A label that the gazetteer does not know is nowhere."""
    there: dict[str, tuple[list[PlacedListing], list[PlacedCall]]] = {}
    for listing in listings:
        there.setdefault(listing.place, ([], []))[0].append(listing)
    for call in calls:
        there.setdefault(call.place, ([], []))[1].append(call)
    return [
        Spot(place, tuple(initiatives), tuple(asked))
        for label, (initiatives, asked) in sorted(there.items())
        if (place := by_label(label)) is not None
    ]


def tallies(initiatives: Mapping[str, int], calls: Mapping[str, int]) -> list[Tally]:
    """From counts by label; where most is comes first. A label that the gazetteer does not know is nowhere."""
    found = [
        Tally(place, initiatives.get(label, 0), calls.get(label, 0))
        for label in {*initiatives, *calls}
        if (place := by_label(label)) is not None
    ]
    return sorted(found, key=lambda tally: (-tally.number, tally.place.label))


def draw(found: Sequence[Tally], language: str) -> Drawing:
    """The largest of `found` (as `tallies` orders it) in the smallest frame that holds them."""
    frame = frame_for((tally.place.latitude, tally.place.longitude) for tally in found[:MOST_DOTS])
    dots: list[Dot] = []
    for tally in found:
        place = tally.place
        dot = _dot(tally, *project(place.latitude, place.longitude, frame), language)
        if frame.holds(place.latitude, place.longitude) and all(_apart(dot, other) for other in dots):
            dots.append(dot)
        if len(dots) == MOST_DOTS:
            break
    return Drawing(frame, outline_path(frame), tuple(_with_names(dots, frame)))


def _apart(dot: Dot, other: Dot) -> bool:
    return hypot(dot.x - other.x, dot.y - other.y) >= OVERLAP * (dot.radius + other.radius)


def _with_names(dots: Sequence[Dot], frame: Frame) -> list[Dot]:
    """Names beside the largest, where neither a dot nor another name is in the way."""
    taken = [_around(dot) for dot in dots]
    always = _with_room(dots, frame, taken, ON_PHONES)
    taken += [_name_of(dot, 1) for dot in always]
    wide = _with_room([dot for dot in dots if dot not in always], frame, taken, 1)
    return [replace(dot, named="always" if dot in always else "wide" if dot in wide else "") for dot in dots]


def _with_room(dots: Sequence[Dot], frame: Frame, taken: Sequence[_Box], times: float) -> list[Dot]:
    boxes, found = [*taken], []
    for dot in dots:
        box = _name_of(dot, times)
        if box[2] < frame.width and not any(_meet(box, other) for other in boxes):
            found.append(dot)
            boxes.append(box)
        if len(found) == MOST_NAMES:
            break
    return found


def _name_of(dot: Dot, times: float) -> _Box:
    left, half = dot.x + dot.radius + 2, NAME_HEIGHT * times / 2
    return left, dot.y - half, left + LETTER * times * len(dot.name), dot.y + half


def _around(dot: Dot) -> _Box:
    return dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius


def _meet(a: _Box, b: _Box) -> bool:
    return a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]


def _dot(tally: Tally, x: int, y: int, language: str) -> Dot:
    return Dot(
        x=x,
        y=y,
        radius=min(LARGEST, round(SMALLEST + 2 * sqrt(tally.number - 1))),
        label=tally.place.label,
        name=local_name(tally.place, language),
        initiatives=tally.initiatives,
        calls=tally.calls,
    )
