"""Pictures that people uploaded, re-encoded under random names."""

import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from server.fediverse.pictures import MEDIA_TYPES
from server.services import services_of
from server.web.doors import PUBLIC, Door

_NAME = re.compile(r"[0-9a-f]{32}\.(png|webp)", re.ASCII)

# Even a picture that a browser could be talked into running as a page runs nothing (WEB-09), and whatever the Accept
# header says, an upload is never answered as an ActivityPub document (IDC-11).
HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}


async def media(request: Request) -> Response:
    """A name that is not of our making names nothing, so no path can be built out of it (WEB-05)."""
    name = request.path_params["name"]
    match = _NAME.fullmatch(name)
    path: Path = services_of(request).paths.media / name
    if match is None or not await run_in_threadpool(path.is_file):
        raise HTTPException(404)
    return FileResponse(path, headers=HEADERS, media_type=MEDIA_TYPES[match[1]])


ROUTES: list[Door] = [Door("/media/{name}", media, PUBLIC)]
