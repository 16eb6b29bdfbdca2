"""What announcements plug in."""

from server.feature import Chore, Feature
from server.hub.announcements import desk
from server.hub.announcements.chores import EVERY, announce_waiting
from server.web.doors import Door, form_door, of_hub

ANNOUNCEMENTS = Feature(
    name="hub.announcements",
    routes=[
        Door(desk.ANNOUNCEMENTS, desk.announcements, of_hub()),
        form_door(f"{desk.ANNOUNCEMENTS}/cap", desk.cap, of_hub("owner")),
        form_door("/desk/hub/calls/{call_id}/hold", desk.hold, of_hub()),
    ],
    chores=[Chore("announce", announce_waiting, EVERY)],
)
