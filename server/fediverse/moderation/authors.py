"""Whose words an activity carries besides those of its sender."""

from typing import Final

from federation.documents import JsonObject, id_of, many
from federation.errors import Malformed
from server.fediverse.moderation.blocklist import Blocklist
from server.fediverse.moderation.store import blocked, is_blocked
from server.storage.database import Transaction

FEW: Final = 8
"""Authors for whom the table is asked, one by one. Each question is one for every label of the host, and whoever names
a thousand hosts of a hundred labels would hold up all other writers for seconds."""


def carries_blocked(tx: Transaction, document: JsonObject) -> bool:
    """Whether it embeds, names or passes on what is of somebody blocked: an account that is not blocked announced new
    posts of suspended ones into servers that had shut them out (Mastodon CVE-2026-23961).
    """
    named = {actor_id for name in ("object", "target") for actor_id in _of(document, name)}
    if len(named) > FEW:
        return any(map(Blocklist(blocked(tx)).covers, named))
    return any(_is_blocked(tx, actor_id) for actor_id in named)


def _of(document: JsonObject, name: str) -> list[str]:
    found = []
    for value in many(document, name):
        found.append(id_of(value))
        if isinstance(value, dict):
            found += [id_of(owner) for key in ("attributedTo", "actor") for owner in many(value, key)]
    return [actor_id for actor_id in found if actor_id is not None]


def _is_blocked(tx: Transaction, url: str) -> bool:
    try:
        return is_blocked(tx, url)
    except Malformed:
        return False
