"""What the log of decisions plugs in."""

from datetime import timedelta

from server.feature import Chore, Feature
from server.hub.decisions import actions, desk, pages
from server.web.doors import PUBLIC, Door, of_hub

DECISIONS = Feature(
    name="hub.decisions",
    routes=[Door(pages.DECISIONS, pages.decisions, PUBLIC), Door(desk.LOG, desk.log, of_hub())],
    chores=[Chore("erase-old-decisions", actions.erase_old, timedelta(hours=6))],
    checks=[actions.check],
    prepare=[actions.look_at_start],
)
