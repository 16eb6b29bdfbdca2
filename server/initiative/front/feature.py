"""What an instance of initiatives shows as a whole. A hub on the same instance comes before it."""

from server.feature import Feature
from server.initiative.front import feeds, pages
from server.web.doors import PUBLIC, Door

FRONT = Feature(
    name="initiative.front",
    routes=[
        Door("/", pages.front, PUBLIC),
        Door("/calls.json", feeds.calls_json, PUBLIC),
        Door("/directory.json", feeds.directory_json, PUBLIC),
        Door("/feed.atom", feeds.feed, PUBLIC),
        Door("/@{handle}/feed.atom", feeds.feed, PUBLIC),
    ],
)
