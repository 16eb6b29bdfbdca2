"""What PostgreSQL's errors mean to whoever keeps the server. No address or password is in any sentence."""

import psycopg

from server.storage.database import Damaged, StorageUnavailable

UNREACHABLE = "The database server does not answer: is it running, and is its address in the settings right?"
STOPPING = "The database server is starting or stopping: try again in a moment."
DAMAGED = (
    "The database is damaged: stop the server, keep the database server's files in case they can be "
    "repaired, restore a backup."
)
_REFUSED = "The database server refuses this user: are name and password in the settings right?"
_FULL = "The disk of the database server is full: free some space, then try again."
_READ_ONLY = "The database server takes no changes: is it a standby, or set to read only?"
_SLOW = "The database server took too long: try again in a moment."
_BY_CODE = {
    "53100": _FULL,
    "53200": "The database server has too little memory: free some, then try again.",
    "53300": "The database server has no connection left: raise its max_connections, or run fewer processes.",
    "58030": "The disk of the database server fails: free some space or replace it.",
    "25006": _READ_ONLY,
    "42501": "The database may not be written by this user: make it the owner of the database.",
    "3D000": "There is no database of this name: make it first, with createdb.",
    "55P03": _SLOW,
    "57014": _SLOW,
    "57P04": "The database was removed: restore a backup.",
    "25P03": _SLOW,
}
_BY_CLASS = {
    "08": UNREACHABLE,
    "28": _REFUSED,
    "53": "The database server has too little of something: look into its log.",
    "57": STOPPING,
    "58": "The database server's system fails: look into its log.",
}
_DAMAGE = ("XX001", "XX002")

# What a unit of work that met another one gets: it is run again from its start.
_MET = ("40001", "40P01")
# What it may get instead where both wrote the same new row, or one took away what the other's row points to. Run again
# it sees what the other did; a mistake of ours gets the same again.
_MAY_HAVE_MET = ("23505", "23503")
# The connection is of no use any more; and 0A000: after a migration a prepared statement may no longer fit.
_STALE = ("57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "0A000")

# A connection that is refused has no code, only words; other languages than English get the general sentence.
_BY_WORDS = (
    (("too many clients", "too many connections", "connection slots"), "53300"),
    (("authentication failed", "no password supplied", "pg_hba.conf", 'role "'), "28000"),
    (('database "',), "3D000"),
    (("starting up", "shutting down", "recovery mode", "not accepting connections"), "57P03"),
)


def met_another(error: BaseException) -> bool:
    return isinstance(error, psycopg.Error) and error.sqlstate in _MET


def may_have_met_another(error: BaseException) -> bool:
    """Worth few tries, no more."""
    return isinstance(error, psycopg.Error) and error.sqlstate in _MAY_HAVE_MET


def is_stale(error: psycopg.Error) -> bool:
    """Whether a new connection may do better. (What a commit met that broke half-way is no `psycopg.Error`.)"""
    code = error.sqlstate
    if code is None:
        return isinstance(error, psycopg.OperationalError)
    return code in _STALE or code.startswith("08")


def storage_failure(error: BaseException) -> StorageUnavailable | None:
    """What the machine did to us, as opposed to a mistake in a query or a broken constraint (None)."""
    if not isinstance(error, psycopg.Error):
        return None
    code = error.sqlstate
    if code is None:
        # Not the server's word: there was no connection, or it broke.
        return _without_code(error)
    if code == "0A000" and "hot standby" in str(error):
        # There is no SERIALIZABLE on one.
        return StorageUnavailable(_READ_ONLY)
    if code in _DAMAGE:
        return Damaged(DAMAGED)
    sentence = _BY_CODE.get(code) or _BY_CLASS.get(code[:2])
    return StorageUnavailable(sentence) if sentence else None


def _without_code(error: psycopg.Error) -> StorageUnavailable | None:
    if not isinstance(error, psycopg.OperationalError):
        return None
    said = str(error)
    for words, code in _BY_WORDS:
        if any(word in said for word in words):
            return StorageUnavailable(_BY_CODE.get(code) or _BY_CLASS[code[:2]])
    return StorageUnavailable(UNREACHABLE)
