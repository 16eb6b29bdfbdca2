"""What an instance of initiatives shows as a whole. A hub on the same instance comes before it."""

from starlette.routing import Route

from server.feature import Feature
from server.initiative.front import feeds, pages

FRONT = Feature(
    name="initiative.front",
    routes=[
        Route("/", pages.front),
        Route("/calls.json", feeds.calls_json),
        Route("/directory.json", feeds.directory_json),
        Route("/feed.atom", feeds.feed),
        Route("/@{handle}/feed.atom", feeds.feed),
    ],
)
