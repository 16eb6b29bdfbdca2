"""Files that ship with the program. The joined stylesheet is served from memory, compressed once."""

import gzip
from collections.abc import Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from server.web.doors import PUBLIC, Door
from server.web.stylesheets import Stylesheet

A_YEAR = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".json": "application/json"}


def static_routes(directory: Path, stylesheets: Sequence[Stylesheet]) -> list[Door]:
    """`/static/css/<hashed>` and the shipped pictures; a file outside `directory` cannot be named."""
    styles = {sheet.name: (sheet.body, gzip.compress(sheet.body, 9, mtime=0)) for sheet in stylesheets}
    shipped = {
        f"/{file.relative_to(directory).as_posix()}": file
        for file in sorted(directory.rglob("*"))
        if file.is_file() and file.suffix in TYPES
    }

    async def css(request: Request) -> Response:
        found = styles.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        body, squeezed = found
        headers = {"cache-control": A_YEAR, "vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(squeezed, headers={**headers, "content-encoding": "gzip"}, media_type="text/css")
        return Response(body, headers=headers, media_type="text/css")

    async def file(request: Request) -> Response:
        found = shipped.get(request.scope["path"].removeprefix("/static"))
        if found is None:
            raise HTTPException(404)
        return FileResponse(found, headers={"cache-control": A_DAY}, media_type=TYPES[found.suffix])

    return [Door("/static/css/{name}", css, PUBLIC), Door("/static/{path:path}", file, PUBLIC)]
