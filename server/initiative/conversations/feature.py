"""What conversations plug in."""

from server.feature import Feature
from server.initiative.conversations import pages
from server.web.authorized import authorized
from server.web.doors import PUBLIC, Door

CONVERSATIONS = Feature(
    name="initiative.conversations",
    routes=[
        Door("/calls/{call_id}/replies", authorized(pages.replies), PUBLIC),
        Door("/calls/{call_id}/context", authorized(pages.context), PUBLIC),
    ],
)
