"""Accounts, grants, second steps, sessions and links in and out of storage."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from server.accounts.model import (
    ABSOLUTE,
    IDLE,
    PENDING,
    Account,
    Link,
    Passkey,
    Purpose,
    Session,
    Stage,
    day_of,
    folded,
)
from server.accounts.tokens import digest
from server.clock import from_millis, millis
from server.storage.database import Row, Transaction
from server.storage.queries import load_queries
from server.web.identity import Grant

QUERIES = load_queries(__file__)


def any_account(tx: Transaction) -> bool:
    return tx.one(QUERIES.any_account) is not None


def insert_account(tx: Transaction, account_id: str, name: str, passphrase_hash: str, now: datetime) -> bool:
    """False when somebody has that name."""
    return bool(
        tx.run(
            QUERIES.insert_account,
            id=account_id,
            name=name,
            folded_name=folded(name),
            passphrase_hash=passphrase_hash,
            day=millis(day_of(now)),
        )
    )


def account_by_name(tx: Transaction, name: str) -> Account | None:
    return _account(tx.one(QUERIES.account_by_name, folded_name=folded(name)))


def account_by_id(tx: Transaction, account_id: str) -> Account | None:
    return _account(tx.one(QUERIES.account_by_id, id=account_id))


def all_accounts(tx: Transaction) -> list[tuple[str, str]]:
    """Pairs (id, name)."""
    return [(row["id"], row["name"]) for row in tx.all(QUERIES.all_accounts)]


def rename(tx: Transaction, account_id: str, name: str) -> bool:
    """False when somebody else has that name."""
    return bool(tx.run(QUERIES.rename, id=account_id, name=name, folded_name=folded(name)))


def set_passphrase(tx: Transaction, account_id: str, passphrase_hash: str) -> None:
    tx.run(QUERIES.set_passphrase, id=account_id, passphrase_hash=passphrase_hash)


def note_day(tx: Transaction, account_id: str, now: datetime) -> None:
    tx.run(QUERIES.note_day, id=account_id, day=millis(day_of(now)))


def delete_account(tx: Transaction, account_id: str) -> None:
    tx.run(QUERIES.delete_account, id=account_id)


def set_totp(tx: Transaction, account_id: str, secret: str | None, step: int = 0) -> None:
    tx.run(QUERIES.set_totp, id=account_id, secret=secret, step=step)


def use_totp_step(tx: Transaction, account_id: str, step: int) -> bool:
    """False when a code of this step, or of a later one, was used before."""
    return bool(tx.run(QUERIES.use_totp_step, id=account_id, step=step))


def grants_of(tx: Transaction, account_id: str) -> list[Grant]:
    return [Grant(row["scope"], row["role"]) for row in tx.all(QUERIES.grants_of, account_id=account_id)]


def living_handles(tx: Transaction) -> list[str]:
    return [row["handle"] for row in tx.all(QUERIES.living_handles)]


def insert_grant(tx: Transaction, account_id: str, grant: Grant) -> None:
    tx.run(QUERIES.insert_grant, account_id=account_id, scope=grant.scope, role=grant.role)


def delete_grant(tx: Transaction, account_id: str, scope: str) -> bool:
    return bool(tx.run(QUERIES.delete_grant, account_id=account_id, scope=scope))


def grants_in(tx: Transaction, scope: str) -> list[tuple[str, str, str]]:
    """(account's id, its name, role)"""
    rows = tx.all(QUERIES.grants_in_scope, scope=scope)
    return [(row["account_id"], row["name"], row["role"]) for row in rows]


def insert_passkey(tx: Transaction, account_id: str, passkey: Passkey) -> bool:
    """False when this key is there already."""
    return bool(
        tx.run(
            QUERIES.insert_passkey,
            id=passkey.id,
            account_id=account_id,
            label=passkey.label,
            public_key=passkey.public_key,
            sign_count=passkey.sign_count,
        )
    )


def passkeys_of(tx: Transaction, account_id: str) -> list[Passkey]:
    rows = tx.all(QUERIES.passkeys_of, account_id=account_id)
    return [Passkey(row["id"], row["label"], row["public_key"], row["sign_count"]) for row in rows]


def set_sign_count(tx: Transaction, account_id: str, passkey: Passkey) -> bool:
    """False when the account has no such passkey any more."""
    named = {"id": passkey.id, "account_id": account_id}
    return bool(tx.run(QUERIES.set_sign_count, **named, sign_count=passkey.sign_count))


def delete_passkey(tx: Transaction, account_id: str, passkey_id: str) -> bool:
    return bool(tx.run(QUERIES.delete_passkey, id=passkey_id, account_id=account_id))


def delete_passkeys(tx: Transaction, account_id: str) -> None:
    tx.run(QUERIES.delete_passkeys_of, account_id=account_id)


def replace_recovery_codes(tx: Transaction, account_id: str, codes: Iterable[str]) -> None:
    """`codes` in the form that `typed_recovery_code` gives them."""
    tx.run(QUERIES.delete_recovery_codes, account_id=account_id)
    rows = [{"hash": digest(code), "account_id": account_id} for code in codes]
    tx.run_many(QUERIES.insert_recovery_code, rows)


def use_recovery_code(tx: Transaction, account_id: str, code: str) -> bool:
    return bool(tx.run(QUERIES.use_recovery_code, account_id=account_id, hash=digest(code)))


def count_recovery_codes(tx: Transaction, account_id: str) -> int:
    row = tx.one(QUERIES.count_recovery_codes, account_id=account_id)
    return row["n"] if row else 0


def insert_session(
    tx: Transaction,
    token: str,
    account_id: str,
    stage: Stage,
    *,
    began_at: datetime,
    used_at: datetime,
    proved_at: datetime,
) -> None:
    tx.run(
        QUERIES.insert_session,
        hash=digest(token),
        account_id=account_id,
        stage=stage,
        began_at=millis(began_at),
        used_at=millis(used_at),
        proved_at=millis(proved_at),
    )


def session_of(tx: Transaction, token: str) -> Session | None:
    """Also one whose time is over."""
    row = tx.one(QUERIES.session_by_hash, hash=digest(token))
    if row is None:
        return None
    return Session(
        id=row["hash"],
        account_id=row["account_id"],
        name=row["name"],
        stage=row["stage"],
        began_at=from_millis(row["began_at"]),
        used_at=from_millis(row["used_at"]),
        proved_at=from_millis(row["proved_at"]),
        has_second_step=bool(row["has_totp"] or row["has_passkey"]),
    )


def touch_session(tx: Transaction, session_id: str, now: datetime) -> None:
    tx.run(QUERIES.touch_session, hash=session_id, now=millis(now))


def delete_session(tx: Transaction, account_id: str, session_id: str) -> bool:
    return bool(tx.run(QUERIES.delete_session, hash=session_id, account_id=account_id))


def delete_sessions(tx: Transaction, account_id: str, *, but: str = "") -> None:
    tx.run(QUERIES.delete_sessions_of, account_id=account_id, but=but)


def sessions_of(tx: Transaction, account_id: str, now: datetime) -> Sequence[tuple[str, datetime]]:
    """(id, when it began), the newest first; only those that are alive."""
    rows = tx.all(
        QUERIES.sessions_of,
        account_id=account_id,
        began_after=millis(now - ABSOLUTE),
        used_after=millis(now - IDLE),
    )
    return [(row["hash"], from_millis(row["began_at"])) for row in rows]


def insert_link(
    tx: Transaction,
    token: str,
    purpose: Purpose,
    expires_at: datetime,
    *,
    account_id: str | None = None,
    grant: Grant | None = None,
) -> None:
    tx.run(
        QUERIES.insert_link,
        hash=digest(token),
        purpose=purpose,
        account_id=account_id,
        scope=grant.scope if grant else "",
        role=grant.role if grant else "",
        expires_at=millis(expires_at),
    )


def link_of(tx: Transaction, token: str, purpose: Purpose, now: datetime) -> Link | None:
    """None when it was never made, was used, or is too old."""
    return _link(tx.one(QUERIES.link_by_hash, hash=digest(token), purpose=purpose, now=millis(now)))


def use_link(tx: Transaction, token: str, purpose: Purpose, now: datetime) -> bool:
    return bool(tx.run(QUERIES.use_link, hash=digest(token), purpose=purpose, now=millis(now)))


def delete_links(tx: Transaction, purpose: Purpose, account_id: str | None) -> None:
    tx.run(QUERIES.delete_links_of, purpose=purpose, account_id=account_id)


def delete_invitations_from(tx: Transaction, account_id: str, scope: str | None) -> None:
    """To one scope, or to all that the account invited to."""
    tx.run(QUERIES.delete_invitations_from, account_id=account_id, scope=scope)


def open_invitations(tx: Transaction, now: datetime) -> list[Link]:
    return [link for row in tx.all(QUERIES.open_invitations, now=millis(now)) if (link := _link(row))]


def delete_invitation(tx: Transaction, link_id: str) -> None:
    tx.run(QUERIES.delete_invitation, hash=link_id)


def own_secret(tx: Transaction, name: str) -> str:
    """Made when it is first asked for, so this is no reading."""
    tx.run(QUERIES.keep_secret, name=name, secret=secrets.token_hex(32))
    row = tx.one(QUERIES.own_secret, name=name)
    assert row is not None  # the line above made it
    secret: str = row["secret"]
    return secret


def delete_what_is_over(tx: Transaction, now: datetime) -> int:
    """Sessions and links whose time is over, and rights to initiatives that are no more."""
    sessions = tx.run(
        QUERIES.delete_old_sessions,
        began_before=millis(now - ABSOLUTE),
        used_before=millis(now - IDLE),
        pending_before=millis(now - PENDING),
    )
    links = tx.run(QUERIES.delete_old_links, now=millis(now))
    return sessions + links + tx.run(QUERIES.delete_grants_of_the_gone)


def _account(row: Row | None) -> Account | None:
    if row is None:
        return None
    return Account(
        id=row["id"],
        name=row["name"],
        passphrase_hash=row["passphrase_hash"],
        totp_secret=row["totp_secret"],
        totp_last_step=row["totp_last_step"],
        has_passkey=bool(row["has_passkey"]),
    )


def _link(row: Row | None) -> Link | None:
    if row is None:
        return None
    return Link(
        row["hash"], row["account_id"] or "", row["scope"], row["role"], from_millis(row["expires_at"])
    )
