"""What the desk of deliveries plugs in."""

from server.feature import DeskLink, Feature
from server.initiative.deliveries import desk
from server.taxonomy.words import N_
from server.web.doors import Door, of_initiative

DELIVERIES = Feature(
    name="initiative.deliveries",
    routes=[Door("/desk/@{handle}/deliveries", desk.show, of_initiative())],
    desk=[DeskLink(N_("Deliveries"), "/desk/@{handle}/deliveries", of_initiative())],
)
