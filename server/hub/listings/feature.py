"""What listings plug in."""

from starlette.routing import Route

from server.feature import Chore, Feature, NavigationLink
from server.hub.listings import actions, errands, inbox, pages, store
from server.hub.listings.model import ListingFilter
from server.taxonomy.words import N_

LISTINGS = Feature(
    name="hub.listings",
    routes=[
        Route("/initiatives", pages.initiatives),
        Route("/initiatives/{listing_id}", pages.initiative),
    ],
    listeners={"Update": inbox.update},
    errands={actions.FETCH_PROFILE: errands.fetch_profile, actions.FETCH_ICON: errands.fetch_icon},
    chores=[Chore("delete-discarded-icons", errands.delete_discarded_icons, errands.EVERY)],
    prepare=[actions.read_again_soon],
    counts={"listings": lambda tx: store.count(tx, ListingFilter())},
    navigation=[NavigationLink(N_("Initiatives"), "/initiatives")],
)
