"""What the hub's own account plugs in."""

from starlette.routing import Route

from server.feature import Feature, NavigationLink
from server.hub.profile import actions, pages
from server.hub.profile.documents import FOLLOW_PAGE
from server.taxonomy.words import N_

PROFILE = Feature(
    name="hub.profile",
    routes=[Route(FOLLOW_PAGE, pages.follow)],
    navigation=[NavigationLink(N_("How to follow"), FOLLOW_PAGE)],
    prepare=[actions.prepare],
)
