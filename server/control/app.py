"""What `DIR/control.sock` answers: HTTP and JSON, for the instance's owner alone, absent from the public port.

    GET  /stats             the counts
    POST /calls             publishes a call: {"handle": ..., "title": ..., "text": ...} -> {"uri": ...}
    POST /commands/{name}   any command -> {"result": ...}

Errors are {"error": one sentence}: 400 not a JSON object, 422 an unknown command or a wish that cannot be
fulfilled, 503 the database takes nothing now.
"""

import json
from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.control.commands import commands_of, find_command
from server.feature import Feature, Refusal
from server.services import Services
from server.storage.database import StorageUnavailable

LONGEST_BODY = 16 * 1024 * 1024
"""Bytes; an icon of 8 MiB travels as base64 in `initiative.add`."""


def create_control_app(services: Services, features: Sequence[Feature]) -> Starlette:
    commands = commands_of(features)

    async def stats(request: Request) -> Response:
        return JSONResponse(await commands["stats"](services, {}))

    async def calls(request: Request) -> Response:
        publish = find_command(commands, "call.publish")
        return JSONResponse(await publish(services, await _object_of(request)))

    async def command(request: Request) -> Response:
        wanted = find_command(commands, request.path_params["name"])
        result = await wanted(services, await _object_of(request))
        return JSONResponse({"result": result})

    # The HTTP server logs the traceback of what nobody expected.
    return Starlette(
        routes=[
            Route("/stats", stats),
            Route("/calls", calls, methods=["POST"]),
            Route("/commands/{name}", command, methods=["POST"]),
        ],
        exception_handlers={
            HTTPException: _answer,
            Refusal: _answer,
            StorageUnavailable: _answer,
            ClientDisconnect: _answer,
            Exception: _answer,
        },
    )


async def _object_of(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise HTTPException(413, "This is larger than 16 MiB.")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is not JSON.") from error
    if not isinstance(found, dict):
        raise HTTPException(400, "The body is not a JSON object.")
    return found


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    if isinstance(error, Refusal):
        return JSONResponse({"error": str(error)}, 422)
    if isinstance(error, StorageUnavailable):
        return JSONResponse({"error": str(error)}, 503, {"retry-after": "5"})
    if isinstance(error, ClientDisconnect):
        return Response(status_code=400)
    return JSONResponse({"error": "The server made a mistake here; its log says more."}, 500)
