"""What the map plugs in."""

from starlette.routing import Route

from server.feature import Feature
from server.hub.map import pages

MAP = Feature(
    name="hub.map",
    routes=[Route("/", pages.first_page), Route("/map.geojson", pages.map_geojson)],
)
