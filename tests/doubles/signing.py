"""Signatures as other servers make them: written out here, so that a mistake of ours does not confirm itself."""

import base64
import hashlib
from datetime import datetime
from urllib.parse import urlsplit

from federation.http_signatures.dates import http_date
from federation.keys import RsaPrivateKey


def sign_as_hs2019(
    method: str,
    url: str,
    body: bytes | None,
    key_id: str,
    private: RsaPrivateKey,
    now: datetime,
    *,
    without_query: bool = False,
) -> dict[str, str]:
    """As GoToSocial does: the label hs2019 over RSA-SHA256, a digest for a POST, its type not covered."""
    parts = urlsplit(url)
    target = parts.path or "/"
    if parts.query and not without_query:
        target += f"?{parts.query}"
    headers = {"host": parts.netloc, "date": http_date(now)}
    if body is not None:
        headers["digest"] = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    lines = [
        f"(request-target): {method.lower()} {target}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    signature = base64.b64encode(private.sign("\n".join(lines).encode())).decode()
    covered = " ".join(["(request-target)", *headers])
    headers["signature"] = f'keyId="{key_id}",algorithm="hs2019",headers="{covered}",signature="{signature}"'
    return headers
