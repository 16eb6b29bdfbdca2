"""The map: what lies where, and how it is drawn. Only named places that were disclosed, only the gazetteer's points."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from server.hub.calls.store import PlacedCall
from server.hub.listings.store import PlacedListing
from server.taxonomy.outline import Frame, frame_for, outline_path, project
from server.taxonomy.places import Place, by_label, local_name

MOST_DOTS = 60
"""Dots drawn on the page, the largest first: more would break the page's weight. map.geojson has all."""

MOST_NAMES = 8
SMALLEST, LARGEST = 6, 22
NAME_WIDTH, NAME_HEIGHT = 90, 18


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
    """A circle of the SVG; `label` federates, `name` is the place's in the reader's language."""

    x: int
    y: int
    radius: int
    label: str
    name: str
    initiatives: int
    calls: int
    named: bool


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
    """The largest of `found` (as `tallies` orders it) in the smallest frame that holds them; names beside the largest,
    as far as there is room."""
    largest = found[:MOST_DOTS]
    frame = frame_for((tally.place.latitude, tally.place.longitude) for tally in largest)
    dots: list[Dot] = []
    named: list[tuple[int, int]] = []
    for tally in largest:
        x, y = project(tally.place.latitude, tally.place.longitude, frame)
        free = len(named) < MOST_NAMES and all(
            abs(x - there_x) > NAME_WIDTH or abs(y - there_y) > NAME_HEIGHT for there_x, there_y in named
        )
        if free:
            named.append((x, y))
        dots.append(_dot(tally, x, y, language, named=free))
    return Drawing(frame, outline_path(frame), tuple(dots))


def _dot(tally: Tally, x: int, y: int, language: str, *, named: bool) -> Dot:
    return Dot(
        x=x,
        y=y,
        radius=min(LARGEST, round(SMALLEST + 3 * sqrt(tally.number - 1))),
        label=tally.place.label,
        name=local_name(tally.place, language),
        initiatives=tally.initiatives,
        calls=tally.calls,
        named=named,
    )
