"""Passkeys (WebAuthn Level 2) as a second step.

The library takes a quarter of a second to load, so it is loaded when somebody uses one.
"""

import asyncio
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from server.accounts.model import Passkey
from server.accounts.tokens import challenge_of
from server.settings import Settings

LONGEST_ANSWER: Final = 16 * 1024
TIMEOUT: Final = 120_000
"""Milliseconds that a browser lets people look for their key."""

log = logging.getLogger(__name__)


def host_of(settings: Settings) -> str:
    return urlsplit(settings.origin).hostname or ""


def are_possible(settings: Settings) -> bool:
    """Browsers know passkeys only for names, not for addresses."""
    host = host_of(settings)
    return ":" not in host and not host.replace(".", "").isdigit()


def options_to_sign(session_id: str, settings: Settings, known: Sequence[Passkey]) -> str:
    """JSON for `navigator.credentials.get` (server/static/js/passkeys.js), bytes as base64url."""
    return json.dumps(
        {
            "challenge": _base64url(challenge_of(session_id)),
            "rpId": host_of(settings),
            "timeout": TIMEOUT,
            "userVerification": "discouraged",
            "allowCredentials": [{"type": "public-key", "id": passkey.id} for passkey in known],
        }
    )


def options_to_add(
    session_id: str, settings: Settings, account_id: str, name: str, known: Sequence[Passkey]
) -> str:
    """JSON for `navigator.credentials.create`. The name stays on the person's own device."""
    return json.dumps(
        {
            "challenge": _base64url(challenge_of(session_id)),
            "rp": {"id": host_of(settings), "name": settings.name},
            "user": {"id": _base64url(bytes.fromhex(account_id)), "name": name, "displayName": name},
            "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)],
            "timeout": TIMEOUT,
            "attestation": "none",
            "authenticatorSelection": {"residentKey": "discouraged", "userVerification": "discouraged"},
            "excludeCredentials": [{"type": "public-key", "id": passkey.id} for passkey in known],
        }
    )


async def signed(
    answer: str, session_id: str, settings: Settings, known: Sequence[Passkey]
) -> Passkey | None:
    """Which of `known` signed this session's challenge, with its new count; None for whatever else was sent."""
    return await _in_thread(partial(_signed, answer, session_id, settings, known))


async def added(answer: str, session_id: str, settings: Settings, label: str) -> Passkey | None:
    """The new passkey of a device's answer to this session's challenge; None for whatever else was sent."""
    return await _in_thread(partial(_added, answer, session_id, settings, label))


async def _in_thread(work: "partial[Passkey | None]") -> Passkey | None:
    try:
        return await asyncio.to_thread(work)
    except Exception as error:
        # CBOR, ASN.1 and JSON of strangers: what their readers raise is no list that anybody could keep complete.
        log.info("passkey-refused: %s", type(error).__name__)
        return None


def _signed(answer: str, session_id: str, settings: Settings, known: Sequence[Passkey]) -> Passkey | None:
    from webauthn import base64url_to_bytes, verify_authentication_response

    given = _read(answer)
    passkey = next((one for one in known if one.id == given.get("id")), None)
    if passkey is None:
        return None
    verified = verify_authentication_response(
        credential=given,
        expected_challenge=challenge_of(session_id),
        expected_rp_id=host_of(settings),
        expected_origin=settings.origin,
        credential_public_key=base64url_to_bytes(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
    )
    return replace(passkey, sign_count=verified.new_sign_count)


def _added(answer: str, session_id: str, settings: Settings, label: str) -> Passkey | None:
    from webauthn import verify_registration_response

    verified = verify_registration_response(
        credential=_read(answer),
        expected_challenge=challenge_of(session_id),
        expected_rp_id=host_of(settings),
        expected_origin=settings.origin,
    )
    return Passkey(
        id=_base64url(verified.credential_id),
        label=label,
        public_key=_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
    )


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("too long")
    given = json.loads(answer)
    if not isinstance(given, dict):
        raise TypeError("no object")
    return given


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
