"""The map: what lies where, and how it is drawn. Only named places that were disclosed, only the gazetteer's points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from server.hub.calls.store import PlacedCall
from server.hub.listings.store import PlacedListing
from server.taxonomy.outline import frame_for, outline_path, project
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

    @property
    def number(self) -> int:
        return len(self.initiatives) + len(self.calls)


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
    width: int
    height: int
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


def draw(found: Sequence[Spot], language: str) -> Drawing:
    """The largest spots in the smallest frame that holds them; names beside the largest, as far as there is room."""
    largest = sorted(found, key=lambda spot: (-spot.number, spot.place.label))[:MOST_DOTS]
    frame = frame_for((spot.place.latitude, spot.place.longitude) for spot in largest)
    dots: list[Dot] = []
    named: list[tuple[int, int]] = []
    for spot in largest:
        x, y = project(spot.place.latitude, spot.place.longitude, frame)
        free = len(named) < MOST_NAMES and all(
            abs(x - there_x) > NAME_WIDTH or abs(y - there_y) > NAME_HEIGHT for there_x, there_y in named
        )
        if free:
            named.append((x, y))
        dots.append(_dot(spot, x, y, language, named=free))
    return Drawing(frame.width, frame.height, outline_path(frame), tuple(dots))


def _dot(spot: Spot, x: int, y: int, language: str, *, named: bool) -> Dot:
    return Dot(
        x=x,
        y=y,
        radius=min(LARGEST, round(SMALLEST + 3 * sqrt(spot.number - 1))),
        label=spot.place.label,
        name=local_name(spot.place, language),
        initiatives=len(spot.initiatives),
        calls=len(spot.calls),
        named=named,
    )
