"""`Flag`: another server's report about something that is listed here."""

from federation.documents import id_of, many, text_of
from federation.inbox import VerifiedActivity
from federation.origins import authority_of
from server.hub.reports import actions
from server.hub.reports.model import MAX_CONTENT
from server.services import Services
from server.storage.database import Transaction


def flag(tx: Transaction, services: Services, activity: VerifiedActivity) -> None:
    """Mastodon's shape: `content`, and as `object` the account and its posts, by id. Whatever is not ours is left out;
    a report about nothing of ours leaves no row. Of its sender only the host is kept: some servers sign with the
    account of the person who complained.
    """
    named = [uri for value in many(activity.document, "object") if (uri := id_of(value)) is not None]
    actions.take_in(
        tx,
        services.here,
        activity.id,
        host=authority_of(activity.actor.id),
        content=text_of(activity.document, "content", MAX_CONTENT) or "",
        named=named,
        now=activity.received_at,
    )
