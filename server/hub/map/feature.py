"""What the map plugs in."""

from server.feature import Feature
from server.hub.map import pages
from server.web.doors import PUBLIC, Door

MAP = Feature(
    name="hub.map",
    routes=[
        Door("/", pages.first_page, PUBLIC),
        Door("/map.geojson", pages.map_geojson, PUBLIC),
        Door("/points.json", pages.map_points, PUBLIC),
    ],
)
