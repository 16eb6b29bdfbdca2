"""What the search plugs in."""

from server.feature import Chore, Feature, NavigationLink
from server.hub.search import actions, pages
from server.taxonomy.words import N_
from server.web.doors import ANONYMOUS_FORM, form_door

SEARCH = Feature(
    name="hub.search",
    routes=[form_door("/search", pages.search, ANONYMOUS_FORM)],
    chores=[Chore("purge-deleted-words", actions.purge_deleted_words, actions.EVERY)],
    prepare=[actions.index_what_is_missing],
    navigation=[NavigationLink(N_("Search"), "/search")],
)
