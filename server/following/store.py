"""What is shown here, whichever wing shows it: wings do not know each other, their tables lie side by side."""

from federation.errors import Malformed
from federation.webfinger import parse_handle
from server.fediverse import actors
from server.following.model import Wanted
from server.settings import Settings
from server.storage.database import Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def find(tx: Transaction, settings: Settings, what: str) -> Wanted | None:
    """`what` as our pages write it: "@name@host" or the address of a call. None for anything not shown here.

    Nothing else gets in, or this page would lend its name to any address (WEB-03).
    """
    row = tx.one(QUERIES.call, what=what)
    if row is not None:
        return Wanted("call", row["uri"], row["title"], row["language"])
    return _own(tx, settings, what) or _listed(tx, what)


def _own(tx: Transaction, settings: Settings, what: str) -> Wanted | None:
    try:
        name, host = parse_handle(what)
    except Malformed:
        return None
    actor = actors.by_handle(tx, name) if host in settings.handle_domains else None
    if actor is None or actor.deleted or actor.kind == "instance":
        return None
    return Wanted("account", actor.id, f"@{actor.handle}@{settings.handle_domain}")


def _listed(tx: Transaction, what: str) -> Wanted | None:
    row = tx.one(QUERIES.listed_account, what=what)
    return None if row is None else Wanted("account", row["actor_id"], row["handle"])
