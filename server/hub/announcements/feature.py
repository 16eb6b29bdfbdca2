"""What announcements plug in."""

from server.feature import Chore, Feature
from server.hub.announcements.chores import EVERY, announce_waiting

ANNOUNCEMENTS = Feature(name="hub.announcements", chores=[Chore("announce", announce_waiting, EVERY)])
