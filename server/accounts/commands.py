"""setup-link, account.reset, account.list: what only the machine's own person can do."""

import logging
from collections.abc import Mapping
from typing import Any

from server.accounts import store
from server.accounts.model import RESET_LINK, SET_UP_LINK, folded
from server.accounts.tokens import new_link
from server.clock import iso
from server.feature import Refusal
from server.services import Services
from server.storage.database import Transaction

log = logging.getLogger(__name__)

WAITS_FOR_A_NEW_ONE = ""
"""In place of a passphrase's hash; no passphrase matches it."""


async def setup_link(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """-> url: makes the first account, once and within 30 minutes; an older one no longer works."""
    link = await first_link(services)
    if link is None:
        raise Refusal("Somebody can sign in here already: for a lost passphrase use antipole account reset.")
    minutes = int(SET_UP_LINK.total_seconds()) // 60
    return {"url": link, "notes": [f"Open this once, within {minutes} minutes, and make the first account:"]}


async def first_link(services: Services) -> str | None:
    """A new set-up link; None when there is an account."""
    here, token = services.here, new_link()

    def make(tx: Transaction) -> bool:
        if store.any_account(tx):
            return False
        store.delete_links(tx, "set-up", None)
        store.insert_link(tx, token, "set-up", here.clock.now() + SET_UP_LINK)
        return True

    made = await services.database.write(make)
    return f"{here.settings.origin}/set-up/{token}" if made else None


async def reset(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """name -> url: lets that person choose a new passphrase, once and within a day. All their sessions end now, and
    the old passphrase opens nothing any more."""
    here, token = services.here, new_link()
    name = str(arguments.get("name", ""))

    def make(tx: Transaction) -> bool:
        account = store.account_by_name(tx, name) if folded(name) else None
        if account is None:
            return False
        store.delete_sessions(tx, account.id)
        # Whoever learned the passphrase would else be back at once, choose another one, and so end the new link.
        store.set_passphrase(tx, account.id, WAITS_FOR_A_NEW_ONE)
        store.delete_links(tx, "reset", account.id)
        store.insert_link(tx, token, "reset", here.clock.now() + RESET_LINK, account_id=account.id)
        return True

    if not await services.database.write(make):
        raise Refusal("Nobody of that name signs in here: `antipole account list DIR` shows who does.")
    log.warning("account-reset-by-command-line")
    hours = int(RESET_LINK.total_seconds()) // 3600
    note = (
        f"Give this to that person by a safe way; it works once, until {iso(here.clock.now() + RESET_LINK)}"
    )
    ends = (
        "Their sessions have ended and the old passphrase is no longer good. "
        "A new one also removes their second steps and makes new recovery codes."
    )
    return {"url": f"{here.settings.origin}/reset/{token}", "notes": [ends, f"{note} ({hours} hours):"]}


async def everyone(services: Services, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """-> one line for each account: its name and what it may edit."""

    def lines(tx: Transaction) -> list[str]:
        found = []
        for account_id, name in store.all_accounts(tx):
            grants = ", ".join(f"{grant.role} of {grant.scope}" for grant in store.grants_of(tx, account_id))
            found.append(f"{name}  {grants or 'edits nothing'}")
        return found

    return {"lines": await services.database.read(lines)}
