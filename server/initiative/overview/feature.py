"""What the overview plugs in."""

from server.feature import DeskLink, Feature
from server.initiative.overview import desk
from server.taxonomy.words import N_
from server.web.doors import Door, of_initiative

OVERVIEW = Feature(
    name="initiative.overview",
    routes=[Door("/desk/@{handle}", desk.show, of_initiative())],
    desk=[DeskLink(N_("Overview"), "/desk/@{handle}", of_initiative())],
)
