"""The hub's role: its features in the order in which their listeners run."""

from server.feature import Feature
from server.hub.announcements.feature import ANNOUNCEMENTS
from server.hub.calls.feature import CALLS
from server.hub.curation.feature import CURATION
from server.hub.decisions.feature import DECISIONS
from server.hub.feeds.feature import FEEDS
from server.hub.listings.feature import LISTINGS
from server.hub.map.feature import MAP
from server.hub.overview.feature import OVERVIEW
from server.hub.own_pages.feature import OWN_PAGES
from server.hub.profile.feature import PROFILE
from server.hub.reports.feature import REPORTS
from server.hub.search.feature import SEARCH

# Listings take a newer profile before curation asks whether it still wants to be found.
FEATURES: tuple[Feature, ...] = (
    PROFILE,
    MAP,
    SEARCH,
    LISTINGS,
    CALLS,
    CURATION,
    ANNOUNCEMENTS,
    FEEDS,
    DECISIONS,
    REPORTS,
    OWN_PAGES,
    OVERVIEW,
)
