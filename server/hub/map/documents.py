"""The map as GeoJSON (RFC 7946): one point per named place, the gazetteer's own, never a finer one."""

from collections.abc import Sequence
from typing import Any

from server.hub.map.model import Spot
from server.taxonomy.places import ATTRIBUTION

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
