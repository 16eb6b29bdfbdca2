"""What the feeds plug in."""

from server.feature import Feature
from server.hub.feeds import pages
from server.web.doors import PUBLIC, Door

FEEDS = Feature(
    name="hub.feeds",
    routes=[
        Door("/directory.json", pages.directory_json, PUBLIC),
        Door("/calls.json", pages.calls_json, PUBLIC),
        Door("/feed.atom", pages.feed_atom, PUBLIC),
    ],
)
