"""Files that ship with the program, from memory: the joined stylesheets, and what `server/web/assets.py` finds."""

import gzip
from collections.abc import Sequence
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.web.assets import VENDOR, assets_in
from server.web.doors import PUBLIC, Door
from server.web.stylesheets import Stylesheet

A_YEAR = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"


def static_routes(directory: Path, stylesheets: Sequence[Stylesheet]) -> list[Door]:
    """`/static/css/<hashed>` and the shipped files; a file outside `directory` cannot be named.

    An address with a hash or a version in it may be kept for a year, a plain name for a day.
    """
    styles = {sheet.name: (sheet.body, gzip.compress(sheet.body, 9, mtime=0)) for sheet in stylesheets}
    shipped = assets_in(directory)
    lasting = {asset.address: asset for asset in shipped.values()}
    plain = {f"/static/{name}": asset for name, asset in shipped.items() if not name.startswith(VENDOR)}

    async def css(request: Request) -> Response:
        found = styles.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        body, squeezed = found
        return _answer(request, body, squeezed, "text/css", A_YEAR)

    async def file(request: Request) -> Response:
        path = request.scope["path"]
        asset = lasting.get(path) or plain.get(path)
        if asset is None:
            raise HTTPException(404)
        cache = A_YEAR if path in lasting else A_DAY
        return _answer(request, asset.body, asset.squeezed, asset.media_type, cache)

    return [Door("/static/css/{name}", css, PUBLIC), Door("/static/{path:path}", file, PUBLIC)]


def _answer(request: Request, body: bytes, squeezed: bytes | None, media_type: str, cache: str) -> Response:
    headers = {"cache-control": cache}
    if squeezed is not None:
        headers["vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(squeezed, headers={**headers, "content-encoding": "gzip"}, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)
