"""What the hub's own account plugs in."""

from server.feature import Feature, NavigationLink
from server.hub.profile import actions, pages
from server.hub.profile.documents import FOLLOW_PAGE
from server.taxonomy.words import N_
from server.web.doors import PUBLIC, Door

PROFILE = Feature(
    name="hub.profile",
    routes=[Door(FOLLOW_PAGE, pages.follow, PUBLIC)],
    navigation=[NavigationLink(N_("How to follow"), FOLLOW_PAGE)],
    prepare=[actions.prepare],
)
