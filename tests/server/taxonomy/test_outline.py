"""The land on the map: light, recognisable, and Crimea where it is."""

import gzip
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import server
from server.taxonomy.outline import (
    EUROPE,
    EUROPE_AND_CENTRAL_ASIA,
    NORTH,
    WORLD,
    Frame,
    frame_for,
    outline_path,
    project,
)
from server.taxonomy.places import by_label

LIMIT = 5 * 1024
FRAMES = [EUROPE, EUROPE_AND_CENTRAL_ASIA, NORTH, WORLD]
Polygon = list[tuple[int, int]]


def polygons(path: str) -> list[Polygon]:
    """Reads the path the way a browser does."""
    rings: list[Polygon] = []
    for start, steps in re.findall(r"M([-\d ]+)l([-\d ]+)z", path):
        x, y = map(int, re.findall(r"-?\d+", start))
        ring = [(x, y)]
        numbers = [int(n) for n in re.findall(r"-?\d+", steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        rings.append(ring)
    return rings


def is_land(latitude: float, longitude: float, frame: Frame) -> bool:
    """The rule "evenodd"."""
    x, y = project(latitude, longitude, frame)
    crossings = 0
    for ring in polygons(outline_path(frame)):
        for (ax, ay), (bx, by) in pairwise([*ring, ring[0]]):
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                crossings += 1
    return crossings % 2 == 1


def test_the_file_weighs_at_most_five_kilobytes_gzipped() -> None:
    body = (Path(server.__file__).parent / "static" / "map" / "outline.json").read_bytes()
    assert len(gzip.compress(body)) <= LIMIT


@pytest.mark.parametrize("frame", FRAMES)
def test_the_drawing_weighs_at_most_five_kilobytes_gzipped(frame: Frame) -> None:
    path = outline_path(frame)
    assert 0 < len(gzip.compress(path.encode())) <= LIMIT
    assert re.fullmatch(r"(M-?\d+ -?\d+l[-\d ]+z)+", path)


@pytest.mark.parametrize("frame", FRAMES)
def test_land_is_cut_at_the_frame(frame: Frame) -> None:
    for ring in polygons(outline_path(frame)):
        assert len(ring) >= 3
        assert all(-10 <= x <= frame.width + 10 and -10 <= y <= frame.height + 10 for x, y in ring)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("label", ["Kyiv, UA", "Berlin, DE", "Warsaw, PL", "Madrid, ES", "Tbilisi, GE"])
def test_cities_stand_on_land(label: str, frame: Frame) -> None:
    place = by_label(label)
    assert place is not None
    assert is_land(place.latitude, place.longitude, frame)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    "sea",
    [(43.0, 34.5), (56.0, 3.0), (58.5, 19.7), (40.0, 6.0), (42.5, 50.5)],
    ids=["Black Sea", "North Sea", "Baltic Sea", "Mediterranean Sea", "Caspian Sea"],
)
def test_seas_are_water(sea: tuple[float, float], frame: Frame) -> None:
    assert not is_land(*sea, frame)


def test_crimea_is_joined_to_ukraine_and_not_to_russia() -> None:
    assert all(is_land(latitude, 33.9, EUROPE) for latitude in (45.1, 45.6, 45.9, 46.3, 46.8))
    assert not is_land(45.25, 36.6, EUROPE)
    assert not is_land(45.25, 36.6, EUROPE_AND_CENTRAL_ASIA)


def test_the_corners_of_a_frame_are_the_corners_of_the_picture() -> None:
    for frame in FRAMES:
        assert project(frame.north, frame.west, frame) == (0, 0)
        assert project(frame.south, frame.east, frame) == (frame.width, frame.height)


def test_mercator_keeps_shapes() -> None:
    """A degree of latitude is longer than one of longitude by 1 / cos(latitude): twice at 60 degrees."""
    x, y = project(60, 20, EUROPE)
    east, north = project(60, 24, EUROPE)[0], project(62, 20, EUROPE)[1]
    assert (y - north) / (east - x) == pytest.approx(1.0, abs=0.08)


def test_the_smallest_frame_that_holds_all_is_chosen() -> None:
    kyiv, tbilisi, almaty, reykjavik, new_york, sydney = (
        (50.45, 30.52),
        (41.69, 44.83),
        (43.25, 76.95),
        (64.1, -21.9),
        (40.7, -74.0),
        (-33.9, 151.2),
    )
    assert frame_for([]) == EUROPE
    assert frame_for([kyiv, tbilisi]) == EUROPE
    assert frame_for([kyiv, almaty]) == EUROPE_AND_CENTRAL_ASIA
    assert frame_for([reykjavik]) == EUROPE_AND_CENTRAL_ASIA
    assert frame_for(iter([kyiv, new_york, almaty])) == NORTH
    assert frame_for([new_york, sydney]) == WORLD


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(FRAMES))
def test_every_point_of_the_earth_has_a_place_in_the_picture(
    latitude: float, longitude: float, frame: Frame
) -> None:
    x, y = project(latitude, longitude, frame)
    assert isinstance(x, int)
    assert isinstance(y, int)
    inside = 0 <= x <= frame.width and 0 <= y <= frame.height
    assert inside or not frame.holds(latitude, longitude)
