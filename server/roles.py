"""A role is a list of features; an instance has those of its roles, in one order."""

from server.accounts.feature import ACCOUNTS
from server.endpoints.feature import FEATURE as ENDPOINTS
from server.feature import Feature
from server.following.feature import FEATURE as FOLLOWING
from server.settings import Settings


def features_of(settings: Settings) -> list[Feature]:
    """The hub's come before the initiative's: where both have a page, the directory is the start page.

    A wing is loaded only where its role is used: a small initiative's server need not carry a hub in memory.
    """
    features = [ENDPOINTS, FOLLOWING]
    if settings.uses("hub"):
        from server.hub.features import FEATURES as HUB

        features += HUB
    if settings.uses("initiative"):
        from server.initiative.features import FEATURES as INITIATIVE

        features += INITIATIVE
    return [*features, ACCOUNTS]
