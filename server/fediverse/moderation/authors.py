"""Whose words an activity carries besides those of its sender."""

from typing import Final

from federation.documents import JsonObject, id_of, many
from federation.errors import Malformed
from federation.origins import authority_of
from server.fediverse.moderation.blocklist import Blocklist
from server.fediverse.moderation.store import any_blocked, blocked
from server.storage.database import Transaction

FEW: Final = 8
"""Authors for whom the table is asked, one by one. Each question is one for every label of the host, and whoever names
a thousand hosts of a hundred labels would hold up all other writers for seconds."""


def carries_blocked(tx: Transaction, document: JsonObject) -> bool:
    """Whether it embeds, names or passes on what is of somebody blocked: an account that is not blocked announced new
    posts of suspended ones into servers that had shut them out (Mastodon CVE-2026-23961).
    """
    named = _named(document)
    if len(named) > FEW:
        return any(map(Blocklist(blocked(tx)).covers, named))
    return any_blocked(tx, named)


def may_concern_blocked(tx: Transaction, actor_id: str, document: JsonObject) -> bool:
    """One question for the sender and whom the document names: False when it is about nobody who is blocked, and when
    it is True that has to be looked at closely.
    """
    named = _named(document)
    return len(named) > FEW or any_blocked(tx, {actor_id, *named})


def _named(document: JsonObject) -> set[str]:
    return {url for name in ("object", "target") for url in _of(document, name) if _has_server(url)}


def _of(document: JsonObject, name: str) -> list[str]:
    found = []
    for value in many(document, name):
        found.append(id_of(value))
        if isinstance(value, dict):
            found += [id_of(owner) for key in ("attributedTo", "actor") for owner in many(value, key)]
    return [actor_id for actor_id in found if actor_id is not None]


def _has_server(url: str) -> bool:
    try:
        authority_of(url)
    except Malformed:
        return False
    return True
