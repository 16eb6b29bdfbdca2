"""What reports plug in."""

from datetime import timedelta

from server.feature import Chore, Feature
from server.hub.reports import actions, desk, inbox
from server.web.doors import Door, form_door, of_hub

REPORTS = Feature(
    name="hub.reports",
    routes=[
        Door(desk.REPORTS, desk.reports, of_hub()),
        form_door(f"{desk.REPORTS}/{{report_id}}", desk.report, of_hub()),
        form_door(f"{desk.REPORTS}/{{report_id}}/forward", desk.forward, of_hub()),
    ],
    listeners={"Flag": inbox.flag},
    chores=[Chore("forget-reports", actions.forget, timedelta(hours=6))],
)
