"""Writing a page."""

from datetime import datetime

from server.hub.decisions import actions as decisions
from server.hub.decisions.model import Decision
from server.hub.own_pages import store
from server.storage.database import Transaction


def write(tx: Transaction, name: str, language: str, text: str, by: str, now: datetime) -> bool:
    """Saves a page, or takes it back when `text` is empty. False when it stays as it is."""
    before = store.page(tx, name, language)
    if (before.text if before is not None else "") == text:
        return False
    if text:
        store.save(tx, name, language, text, now)
    else:
        store.forget(tx, name, language)
    decisions.record(tx, Decision("edit-page", by, about=f"/{name} ({language})"), now)
    return True
