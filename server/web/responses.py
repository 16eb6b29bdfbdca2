"""Answers for machines: bytes with validators, so that asking again for a popular call costs a 304."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from federation.vocabulary import ACTIVITY_JSON

SMALLEST_COMPRESSED = 500
"""Bytes; below it a compressed answer is hardly smaller."""

KEPT_IN_304 = (
    "etag",
    "cache-control",
    "vary",
    "access-control-allow-origin",
    # Whoever holds the answer takes over the header lines of the 304: a stricter one would shut other sites out.
    "cross-origin-resource-policy",
)


def etag_of(body: bytes) -> str:
    """A weak validator: the same bytes may travel compressed."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


def with_validator(request: Request, response: Response) -> Response:
    """Adds the ETag and turns the answer into 304 when the asker holds these very bytes."""
    tag = etag_of(bytes(response.body))
    response.headers["etag"] = tag
    if response.status_code != 200 or not is_held(tag, request.headers.get("if-none-match", "")):
        return response
    if len(response.body) >= SMALLEST_COMPRESSED:
        # As in the answer itself (RFC 9110 15.4.5); a 304 has no body that could be compressed.
        response.headers.add_vary_header("Accept-Encoding")
    headers = {name: response.headers[name] for name in KEPT_IN_304 if name in response.headers}
    return Response(status_code=304, headers=headers)


def is_held(tag: str, if_none_match: str) -> bool:
    """Whether an asker who sends this If-None-Match has the very bytes."""
    return tag in {entry.strip() for entry in if_none_match.split(",")}


def activity_json(
    request: Request, document: str | bytes, *, status: int = 200, max_age: int = 180
) -> Response:
    """Stored document bytes, never serialised anew: a proof covers them."""
    body = document.encode() if isinstance(document, str) else document
    headers = {"cache-control": f"public, max-age={max_age}", "vary": "Accept"}
    return with_validator(request, Response(body, status, headers, media_type=ACTIVITY_JSON))


def json_response(
    request: Request,
    content: Mapping[str, Any],
    *,
    media_type: str = "application/json",
    status: int = 200,
    max_age: int = 0,
) -> Response:
    """Public data: readable from any origin, without credentials."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    cache = f"public, max-age={max_age}" if max_age else "public, no-cache"
    headers = {
        "cache-control": cache,
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    return with_validator(request, Response(body, status, headers, media_type=media_type))


def error_json(reason: str, status: int, *, retry_after: int | None = None) -> Response:
    """What a server hears when we refuse: one reason word, nothing of what it sent."""
    headers = {"cache-control": "no-store"}
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return Response(json.dumps({"error": reason}).encode(), status, headers, media_type="application/json")
