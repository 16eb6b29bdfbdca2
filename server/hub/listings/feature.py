"""What listings plug in."""

from server.feature import Chore, Feature, NavigationLink
from server.hub.listings import actions, desk, errands, inbox, pages, store
from server.hub.listings.model import ListingFilter
from server.taxonomy.words import N_
from server.web.doors import PUBLIC, Door, form_door, of_hub

LISTINGS = Feature(
    name="hub.listings",
    routes=[
        Door("/initiatives", pages.initiatives, PUBLIC),
        Door("/initiatives/{listing_id}", pages.initiative, PUBLIC),
        form_door(desk.LISTINGS, desk.listings, of_hub()),
        Door(f"{desk.LISTINGS}/{{listing_id}}", desk.listing, of_hub()),
        form_door(f"{desk.LISTINGS}/{{listing_id}}/edit", desk.edit, of_hub()),
    ],
    listeners={"Update": inbox.update},
    errands={actions.FETCH_PROFILE: errands.fetch_profile, actions.FETCH_ICON: errands.fetch_icon},
    chores=[Chore("delete-discarded-icons", errands.delete_discarded_icons, errands.EVERY)],
    prepare=[actions.read_again_soon],
    counts={"listings": lambda tx: store.count(tx, ListingFilter())},
    navigation=[NavigationLink(N_("Initiatives"), "/initiatives")],
)
