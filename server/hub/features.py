"""The hub's role: its features in the order in which their listeners run."""

from server.feature import Feature
from server.hub.announcements.feature import ANNOUNCEMENTS
from server.hub.calls.feature import CALLS
from server.hub.curation.feature import CURATION
from server.hub.feeds.feature import FEEDS
from server.hub.listings.feature import LISTINGS
from server.hub.map.feature import MAP
from server.hub.profile.feature import PROFILE

# Listings take a newer profile before curation asks whether it still wants to be found.
FEATURES: tuple[Feature, ...] = (PROFILE, MAP, LISTINGS, CALLS, CURATION, ANNOUNCEMENTS, FEEDS)
