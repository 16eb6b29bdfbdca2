"""What is asked beside the passphrase: a code of an app, or a recovery code. Passkeys are in `passkeys.py`."""

import hmac
import re
from datetime import datetime
from typing import Final

import pyotp

from server.accounts import store
from server.accounts.model import RECOVERY_CODES, Account
from server.accounts.tokens import new_recovery_code, typed_recovery_code
from server.storage.database import Transaction

SECONDS: Final = 30
SECRET: Final = re.compile(r"[A-Z2-7]{32}")
_CODE: Final = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """160 bits in base32, as authenticator apps want it."""
    return pyotp.random_base32()


def uri(secret: str, name: str, issuer: str) -> str:
    """What the QR code says."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The step whose code this is, this one or a neighbour (clocks differ); None when it is no such code."""
    code = re.sub(r"[\s-]", "", typed)
    if not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret)
    step = int(now.timestamp()) // SECONDS
    right = [
        near for near in (step - 1, step, step + 1) if hmac.compare_digest(totp.generate_otp(near), code)
    ]
    return max(right, default=None)


def accept_code(tx: Transaction, account: Account, typed: str, now: datetime) -> bool:
    """A code of the app or a recovery code; whichever it is, it is used up by this."""
    if account.totp_secret is not None:
        step = step_of(account.totp_secret, typed, now)
        if step is not None:
            return store.use_totp_step(tx, account.id, step)
    return store.use_recovery_code(tx, account.id, typed_recovery_code(typed))


def give_recovery_codes(tx: Transaction, account_id: str) -> list[str]:
    """New ones in place of all others. Only the person ever sees them."""
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    store.replace_recovery_codes(tx, account_id, [typed_recovery_code(code) for code in codes])
    return codes
