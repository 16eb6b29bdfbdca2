"""The initiative's role: its features. Menus and routes are in this order."""

from server.feature import Feature
from server.initiative.calls.feature import CALLS
from server.initiative.conversations.feature import CONVERSATIONS
from server.initiative.deliveries.feature import DELIVERIES
from server.initiative.drafts.feature import DRAFTS
from server.initiative.events.feature import EVENTS
from server.initiative.front.feature import FRONT
from server.initiative.memberships.feature import MEMBERSHIPS
from server.initiative.overview.feature import OVERVIEW
from server.initiative.profile.feature import PROFILE
from server.initiative.publishing.feature import PUBLISHING
from server.initiative.removal.feature import REMOVAL
from server.initiative.replies.feature import REPLIES

# DRAFTS before CALLS: "/calls/new" is no call's id.
FEATURES: tuple[Feature, ...] = (
    OVERVIEW,
    PROFILE,
    DRAFTS,
    PUBLISHING,
    CALLS,
    CONVERSATIONS,
    EVENTS,
    REPLIES,
    DELIVERIES,
    MEMBERSHIPS,
    REMOVAL,
    FRONT,
)
