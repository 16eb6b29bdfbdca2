"""Rows of `call_replies`, `call_replies_hidden` and `call_reactions`."""

from datetime import datetime

from server.clock import from_millis, millis
from server.initiative.replies.model import Author, ReactionKind, Reply, Tally
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries

QUERIES = load_queries(__file__)


def insert(tx: Transaction, reply: Reply, now: datetime) -> None:
    tx.run(
        QUERIES.insert_reply,
        id=reply.id,
        call_uri=reply.call_uri,
        actor_id=reply.actor_id,
        handle=reply.handle,
        name=reply.name,
        url=reply.url,
        language=reply.language,
        content=reply.content,
        published_at=millis(reply.published),
        updated_at=millis(reply.updated),
        now=millis(now),
    )


def rewrite(tx: Transaction, reply: Reply, now: datetime) -> None:
    """New words of the same author under the same id; they wait again."""
    tx.run(
        QUERIES.rewrite_reply,
        id=reply.id,
        call_uri=reply.call_uri,
        url=reply.url,
        language=reply.language,
        content=reply.content,
        published_at=millis(reply.published),
        updated_at=millis(reply.updated),
        now=millis(now),
    )


def name_author(tx: Transaction, author: Author) -> int:
    return tx.run(QUERIES.name_author, actor_id=author.id, handle=author.handle, name=author.name)


def author_of(tx: Transaction, actor_id: str) -> Author | None:
    """As in another reply of theirs; None when none names them."""
    row = tx.one(QUERIES.author_of, actor_id=actor_id)
    return None if row is None else Author(actor_id, row["handle"], row["name"])


def find(tx: Transaction, reply_id: str) -> Reply | None:
    row = tx.one(QUERIES.reply_by_id, id=reply_id)
    return None if row is None else _reply(row)


def show(tx: Transaction, reply_id: str) -> bool:
    """False when it was shown before."""
    return tx.run(QUERIES.show_reply, id=reply_id) > 0


def delete(tx: Transaction, reply_id: str) -> bool:
    deleted = tx.run(QUERIES.delete_reply, id=reply_id) > 0
    tx.run(QUERIES.forget_errands)
    return deleted


def delete_by_another(tx: Transaction, reply_id: str, actor_id: str) -> bool:
    """Unless it is by this one."""
    return tx.run(QUERIES.delete_by_another, id=reply_id, actor_id=actor_id) > 0


def delete_of_author(tx: Transaction, actor_id: str) -> int:
    deleted = tx.run(QUERIES.delete_of_author, actor_id=actor_id)
    tx.run(QUERIES.forget_errands)
    return deleted


def forget_call(tx: Transaction, call_uri: str) -> None:
    """Everything that others said of a call that is withdrawn."""
    tx.run(QUERIES.delete_of_call, call_uri=call_uri)
    tx.run(QUERIES.forget_hidden_of_call, call_uri=call_uri)
    tx.run(QUERIES.forget_reactions, call_uri=call_uri)
    tx.run(QUERIES.forget_errands)


def delete_orphans(tx: Transaction) -> int:
    """Of authors whose account is gone; answers how many."""
    deleted = tx.run(QUERIES.delete_orphans)
    tx.run(QUERIES.forget_errands)
    return deleted


def forget_before(tx: Transaction, *, waiting: datetime, hidden: datetime) -> int:
    return tx.run(QUERIES.delete_waiting_before, before=millis(waiting)) + tx.run(
        QUERIES.delete_hidden_before, before=millis(hidden)
    )


def insert_hidden(tx: Transaction, digest: str, call_uri: str, now: datetime) -> None:
    tx.run(QUERIES.insert_hidden, digest=digest, call_uri=call_uri, now=millis(now))


def is_hidden(tx: Transaction, digest: str) -> bool:
    return tx.one(QUERIES.find_hidden, digest=digest) is not None


def takes_replies(tx: Transaction, call_uri: str) -> bool | None:
    """None when there is no such call, or it was withdrawn."""
    row = tx.one(QUERIES.door_of_call, uri=call_uri)
    return None if row is None else bool(row["replies_open"])


def set_takes_replies(tx: Transaction, call_uri: str, is_open: bool) -> None:
    tx.run(QUERIES.set_door_of_call, uri=call_uri, replies_open=int(is_open))


def waiting_authors(tx: Transaction, call_uri: str) -> list[str]:
    """Ids, one for each reply that waits."""
    return [row["actor_id"] for row in tx.all(QUERIES.waiting_authors, call_uri=call_uri)]


def count_of_author(tx: Transaction, actor_id: str, since: datetime) -> int:
    return _number(tx.one(QUERIES.count_of_author, actor_id=actor_id, since=millis(since)))


def waiting(
    tx: Transaction, actor_id: str, *, call_uri: str | None = None, limit: int, offset: int = 0
) -> list[Reply]:
    """What the editors of an initiative have to look at, the oldest first."""
    rows = tx.all(
        QUERIES.waiting_of_initiative, actor_id=actor_id, call_uri=call_uri, limit=limit, offset=offset
    )
    return [_reply(row) for row in rows]


def count_waiting(tx: Transaction, actor_id: str) -> int:
    return _number(tx.one(QUERIES.count_waiting, actor_id=actor_id))


def shown(tx: Transaction, call_uri: str, *, limit: int, offset: int = 0) -> list[Reply]:
    """The newest first."""
    rows = tx.all(QUERIES.shown_of_call, call_uri=call_uri, limit=limit, offset=offset)
    return [_reply(row) for row in rows]


def count_shown(tx: Transaction, call_uri: str) -> int:
    return _number(tx.one(QUERIES.count_shown, call_uri=call_uri))


def tally(tx: Transaction, call_uri: str) -> Tally:
    row = tx.one(QUERIES.tally, call_uri=call_uri)
    assert row is not None  # a SELECT of numbers always has one row
    return Tally(
        waiting=row["waiting"],
        shown=row["shown"],
        likes=row["likes"] or 0,
        boosts=row["boosts"] or 0,
        joins=row["joins"] or 0,
        is_open=bool(row["is_open"]),
    )


def change_count(tx: Transaction, call_uri: str, kind: ReactionKind, delta: int) -> None:
    """Never below none."""
    tx.run(QUERIES.change_count, call_uri=call_uri, kind=kind, delta=delta)


def _number(row: Row | None) -> int:
    return int(row["n"]) if row else 0


def _reply(row: Row) -> Reply:
    return Reply(
        id=row["id"],
        call_uri=row["call_uri"],
        actor_id=row["actor_id"],
        handle=row["handle"],
        name=row["name"],
        url=row["url"],
        language=row["language"],
        content=row["content"],
        published=from_millis(row["published_at"]),
        updated=from_millis(row["updated_at"]),
        state=row["state"],
    )
