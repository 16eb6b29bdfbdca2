"""Builds the outline of the land, server/static/map/outline.json, from Natural Earth (public domain).

    npm pack world-atlas@2.0.2 && tar xf world-atlas-2.0.2.tgz
    .venv-dev/bin/python scripts/build_outline.py package/land-50m.json

The script fetches nothing. It reads land-110m.json as well, but that has lost the Bosporus, half of Denmark and
the shape of Greece; the finer file, simplified here, is handsomer in as many bytes. Land only, never the
country files: their borders put Crimea in Russia. server/taxonomy/outline.py tells the shape of the result.
"""

import gzip
import heapq
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "server" / "static" / "map" / "outline.json"
LIMIT = 5 * 1024

Point = tuple[float, float]
Ring = list[Point]

STEPS_PER_DEGREE = 10
# Iceland to Central Asia: longitude and latitude from, to.
NEAR = (-25.0, 82.0, 34.0, 72.0)
# Square degrees: the smallest triangle a point must span to stay, and the smallest island that is drawn.
FINE, COARSE = 0.04, 1.5
ISLAND_NEAR, ISLAND_FAR = 0.25, 3
SOUTHERN_END = -58.0


def rings_of(topology: dict[str, Any]) -> list[Ring]:
    """The rings of all polygons: TopoJSON 2.1 (arcs are delta-coded and shared, ~i is arc i backwards)."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[Ring] = []
    for coded in topology["arcs"]:
        x = y = 0
        arc: Ring = []
        for dx, dy in coded:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(arc)

    def ring(indices: list[int]) -> Ring:
        points: Ring = []
        for index in indices:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += arc[1:] if points else arc
        return unwrapped(points[:-1] if points[0] == points[-1] else points)

    geometries = topology["objects"]["land"]["geometries"]
    return [
        ring(indices)
        for geometry in geometries
        for polygon in (geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]])
        for indices in polygon
    ]


def unwrapped(ring: Ring) -> Ring:
    """The ring without a jump at the date line: Chukotka lies at 190 degrees east of Greenwich."""
    longitudes = [ring[0][0]]
    for longitude, _ in ring[1:]:
        longitudes.append(longitude - 360 * round((longitude - longitudes[-1]) / 360))
    turns = 360 * round(sum(longitudes) / len(longitudes) / 360)
    return [(x - turns, y) for x, (_, y) in zip(longitudes, ring, strict=True)]


def near(point: Point) -> bool:
    west, east, south, north = NEAR
    return west <= point[0] <= east and south <= point[1] <= north


def area(ring: Ring) -> float:
    closed = [*ring, ring[0]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(closed))) / 2


def simplified(ring: Ring) -> Ring:
    """Visvalingam and Whyatt 1993: the point that spans the smallest triangle goes first."""
    size = len(ring)
    before, after = [(i - 1) % size for i in range(size)], [(i + 1) % size for i in range(size)]
    left = size

    def importance(i: int) -> float:
        # A triangle far from the region counts less, as if it were smaller.
        weight = 1.0 if near(ring[i]) else FINE / COARSE
        return weight * area([ring[before[i]], ring[i], ring[after[i]]])

    current = [importance(i) for i in range(size)]
    queue = [(value, i) for i, value in enumerate(current)]
    heapq.heapify(queue)
    gone = [False] * size
    while queue and left > 4:
        value, i = heapq.heappop(queue)
        if gone[i] or value != current[i]:
            continue
        if value >= FINE:
            break
        gone[i], left = True, left - 1
        after[before[i]], before[after[i]] = after[i], before[i]
        for neighbour in (before[i], after[i]):
            current[neighbour] = max(importance(neighbour), value)
            heapq.heappush(queue, (current[neighbour], neighbour))
    return [point for point, is_gone in zip(ring, gone, strict=True) if not is_gone]


def delta_coded(ring: Ring) -> list[int]:
    steps = [(round(x * STEPS_PER_DEGREE), round(y * STEPS_PER_DEGREE)) for x, y in ring]
    kept = [point for i, point in enumerate(steps) if point != steps[i - 1]]
    coded = list(kept[0])
    for (x, y), (next_x, next_y) in pairwise(kept):
        coded += [next_x - x, next_y - y]
    return coded


def main(source: Path) -> None:
    rings = rings_of(json.loads(source.read_bytes()))
    drawn = [
        delta_coded(simplified(ring))
        for ring in rings
        if max(y for _, y in ring) > SOUTHERN_END
        and area(ring) >= (ISLAND_NEAR if any(map(near, ring)) else ISLAND_FAR)
    ]
    outline = {
        "source": "Natural Earth land 1:50m, public domain",
        "stepsPerDegree": STEPS_PER_DEGREE,
        "rings": sorted(drawn, key=len, reverse=True),
    }
    body = json.dumps(outline, separators=(",", ":")).encode()
    packed = len(gzip.compress(body))
    points = sum(len(ring) for ring in drawn) // 2
    print(
        f"{len(rings)} rings read, {len(drawn)} drawn, {points} points, {len(body)} bytes, {packed} gzipped"
    )
    if packed > LIMIT:
        sys.exit(f"The outline is larger than {LIMIT} bytes gzipped: raise FINE or COARSE.")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(body + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
