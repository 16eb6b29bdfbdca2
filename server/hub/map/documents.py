"""The map as GeoJSON (RFC 7946) for everybody, and in few bytes for the script on the page. One point per named place,
the gazetteer's own, never a finer one."""

from collections.abc import Sequence
from typing import Any

from server.hub.map.model import Spot, Tally
from server.taxonomy.places import ATTRIBUTION, local_name

GEOJSON = "application/geo+json"


def feature_collection(
    found: Sequence[Spot], *, undisclosed_initiatives: int, calls_without_place: int
) -> dict[str, Any]:
    """Coordinates are longitude, latitude. What has no disclosed place is counted and nothing else."""
    return {
        "type": "FeatureCollection",
        "attribution": ATTRIBUTION,
        "undisclosed": {"initiatives": undisclosed_initiatives, "calls": calls_without_place},
        "features": [_feature(spot) for spot in found],
    }


def points(found: Sequence[Tally], language: str) -> dict[str, Any]:
    """[label, latitude, longitude, initiatives, calls] for each place in the order of `found`, and a sixth member only
    where the place's name in `language` is not the label without its country."""
    return {"places": [_point(tally, language) for tally in found]}


def _point(tally: Tally, language: str) -> list[str | float | int]:
    place = tally.place
    point: list[str | float | int] = [
        place.label,
        place.latitude,
        place.longitude,
        tally.initiatives,
        tally.calls,
    ]
    name = local_name(place, language)
    return point if name == (place.label.rpartition(", ")[0] or place.label) else [*point, name]


def _feature(spot: Spot) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [spot.place.longitude, spot.place.latitude]},
        "properties": {
            "place": spot.place.label,
            "initiatives": [
                {"actor": listing.actor_id, "name": listing.name, "handle": listing.handle}
                for listing in spot.initiatives
            ],
            "calls": [{"uri": call.uri, "title": call.title, "state": call.state} for call in spot.calls],
        },
    }
