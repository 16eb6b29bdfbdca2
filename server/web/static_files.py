"""Files that ship with the program. The joined stylesheet is served from memory, compressed once."""

import gzip
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from server.web.stylesheets import Stylesheet

A_YEAR = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".json": "application/json"}


def static_routes(directory: Path, stylesheet: Stylesheet) -> list[BaseRoute]:
    """`/static/css/<hashed>` and the shipped pictures; a file outside `directory` cannot be named."""
    squeezed = gzip.compress(stylesheet.body, compresslevel=9, mtime=0)
    shipped = {
        f"/{file.relative_to(directory).as_posix()}": file
        for file in sorted(directory.rglob("*"))
        if file.is_file() and file.suffix in TYPES
    }

    async def css(request: Request) -> Response:
        if request.path_params["name"] != stylesheet.name:
            raise HTTPException(404)
        headers = {"cache-control": A_YEAR, "vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(squeezed, headers={**headers, "content-encoding": "gzip"}, media_type="text/css")
        return Response(stylesheet.body, headers=headers, media_type="text/css")

    async def file(request: Request) -> Response:
        found = shipped.get(request.scope["path"].removeprefix("/static"))
        if found is None:
            raise HTTPException(404)
        return FileResponse(found, headers={"cache-control": A_DAY}, media_type=TYPES[found.suffix])

    return [Route("/static/css/{name}", css), Route("/static/{path:path}", file)]
