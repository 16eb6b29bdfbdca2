"""Random words that prove something, what is kept of them, and what is derived from them."""

import hashlib
import hmac
import re
import secrets
from base64 import b32encode
from typing import Final

LINK: Final = re.compile(r"[a-z2-7]{26}")
_GROUP: Final = 4
_NOT_BASE32: Final = re.compile(r"[^a-z2-7]")


def new_session_id() -> str:
    """256 bits."""
    return secrets.token_urlsafe(32)


def new_account_id() -> str:
    return secrets.token_hex(16)


def new_link() -> str:
    """128 bits, in letters that survive being read out or broken into lines."""
    return _letters(16)


def new_recovery_code() -> str:
    """80 bits, as `abcd-efgh-ijkl-mnop`."""
    code = _letters(10)
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _letters(size: int) -> str:
    return b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()


def typed_recovery_code(text: str) -> str:
    """As it was shown, however it was typed: without dashes and case, 0 and 1 for the letters they look like."""
    return _NOT_BASE32.sub("", text.lower().translate(str.maketrans("01", "ol")))


def digest(token: str) -> str:
    """What is kept: whoever reads the database cannot make the token of it, since there are too many."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(session_id: str) -> str:
    """The session's synchroniser token; it does not lead back to the session."""
    return hashlib.sha256(f"csrf {session_id}".encode()).hexdigest()


def challenge_of(session_id: str) -> bytes:
    """What a passkey has to sign. A session is replaced as soon as a signature was good, so each works once."""
    return hashlib.sha256(f"passkey {session_id}".encode()).digest()


def browser_mark(secret: str, account_id: str, random: str) -> str:
    """Proves that this account was signed in to in a browser before, without a row for each browser."""
    mac = hmac.new(secret.encode(), f"{account_id} {random}".encode(), hashlib.sha256).hexdigest()
    return f"{random}.{mac}"
