"""What the overview plugs in: its page, and the menu of the hub's desk in the order in which editors need it."""

from server.feature import DeskLink, Feature
from server.hub.announcements.desk import ANNOUNCEMENTS
from server.hub.curation.desk import APPLICATIONS, LISTINGS
from server.hub.curation.desk_blocks import BLOCKS
from server.hub.decisions.desk import LOG
from server.hub.listings import store as listings
from server.hub.overview import desk
from server.hub.own_pages.desk import PAGES
from server.hub.reports import store as reports
from server.hub.reports.desk import REPORTS
from server.taxonomy.words import N_
from server.web.doors import Door, of_hub

OVERVIEW = Feature(
    name="hub.overview",
    routes=[Door(desk.OVERVIEW, desk.overview, of_hub())],
    desk=[
        DeskLink(N_("Directory"), desk.OVERVIEW, of_hub()),
        DeskLink(N_("Applications"), APPLICATIONS, of_hub(), badge=listings.count_applications),
        DeskLink(N_("Reports"), REPORTS, of_hub(), badge=reports.count_open),
        DeskLink(N_("Listings"), LISTINGS, of_hub(), badge=listings.count_moved),
        DeskLink(N_("Announcements"), ANNOUNCEMENTS, of_hub()),
        DeskLink(N_("Blocks"), BLOCKS, of_hub()),
        DeskLink(N_("Log"), LOG, of_hub()),
        DeskLink(N_("Pages"), PAGES, of_hub("owner")),
    ],
)
