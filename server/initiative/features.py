"""The initiative's role: its features."""

from server.feature import Feature
from server.initiative.calls.feature import CALLS
from server.initiative.front.feature import FRONT
from server.initiative.memberships.feature import MEMBERSHIPS
from server.initiative.profile.feature import PROFILE

FEATURES: tuple[Feature, ...] = (PROFILE, CALLS, MEMBERSHIPS, FRONT)
