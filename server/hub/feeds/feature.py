"""What the feeds plug in."""

from starlette.routing import Route

from server.feature import Feature
from server.hub.feeds import pages

FEEDS = Feature(
    name="hub.feeds",
    routes=[
        Route("/directory.json", pages.directory_json),
        Route("/calls.json", pages.calls_json),
        Route("/feed.atom", pages.feed_atom),
    ],
)
