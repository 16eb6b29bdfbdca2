"""Secure mode: documents go only to servers that sign for them and are not blocked (PROTOCOL 1.3).

One function decides for every door that is wrapped in `server.web.authorized.authorized`. The instance actor,
WebFinger, host-meta, NodeInfo, media, health and pages for people stay open: without our key nobody could verify what
we send.
"""

from functools import partial

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from federation.actors import RemoteActor
from federation.errors import FederationError, Forbidden, TooBusy
from federation.inbox import RawRequest
from federation.vocabulary import is_activity_json
from server.endpoints.bodies import InFlight
from server.endpoints.raw import raw_request
from server.endpoints.signed_readers import SignedReaders
from server.fediverse import moderation
from server.services import Services
from server.web.authorized import CALL_READ, Endpoint, authorized
from server.web.negotiation import wants_activity_json
from server.web.responses import error_json

__all__ = ["ACCEPT_SIGNATURE", "DocumentDoors", "authorized"]

ACCEPT_SIGNATURE = 'sig1=("@method" "@target-uri");created;keyid'
# RFC 9110 wants it with every 401; the draft that most servers speak names its scheme so.
CHALLENGE = 'Signature headers="(request-target) host date"'
PRIVATE = {"cache-control": "private, no-store", "vary": "Accept, Signature, Signature-Input"}


class DocumentDoors:
    """Fulfils `server.web.authorized.AuthorizedFetch`."""

    def __init__(self, services: Services) -> None:
        self.readers = SignedReaders(services)
        self._services = services
        self._secure = services.here.settings.secure_mode

    async def answer(self, request: Request, endpoint: Endpoint) -> Response:
        if self._secure:
            return await self._signed_only(request, endpoint)
        response = await endpoint(request)
        if "signature" in request.headers:
            self._note(request, response, None)
        return response

    async def _signed_only(self, request: Request, endpoint: Endpoint) -> Response:
        """Who asks for a document is refused before it is looked for, so that 404 tells nothing either."""
        asks = wants_activity_json(request)
        signer = await self._admitted(request) if asks else None
        if isinstance(signer, Response):
            return signer
        response = await endpoint(request)
        if signer is None and is_activity_json(response.headers.get("content-type")):
            signer = await self._admitted(request)
            if isinstance(signer, Response):
                return signer
        if signer is None:
            return response
        # What one server may read is not for a cache that others share.
        response.headers.update(PRIVATE)
        self._note(request, response, signer)
        return response

    async def _admitted(self, request: Request) -> RemoteActor | Response:
        """The signer, or the refusal."""
        try:
            return await self._authenticated(request)
        except TooBusy as busy:
            return error_json(busy.reason, busy.status, retry_after=busy.retry_after)
        except FederationError as error:
            return _refused(error)

    async def _authenticated(self, request: Request) -> RemoteActor:
        in_flight: InFlight = request.app.state.in_flight
        async with in_flight.verifying():
            signer = await self.readers.verify(raw_request(request, b""))
        if await self._services.database.read(partial(moderation.is_blocked, actor_id=signer.id)):
            raise Forbidden("blocked")
        return signer

    def _note(self, request: Request, response: Response, signer: RemoteActor | None) -> None:
        call_uri = request.scope.get(CALL_READ)
        if call_uri is not None:
            response.background = BackgroundTask(self._begin, raw_request(request, b""), call_uri, signer)

    async def _begin(self, request: RawRequest, call_uri: str, signer: RemoteActor | None) -> None:
        # A coroutine, because Starlette runs plain functions in a thread, where no task can be made.
        self.readers.later(request, call_uri, signer)


def _refused(error: FederationError) -> Response:
    refusal = error_json(error.reason, error.status)
    refusal.headers.update(PRIVATE)
    if error.status == 401:
        refusal.headers["accept-signature"] = ACCEPT_SIGNATURE
        refusal.headers["www-authenticate"] = CHALLENGE
    return refusal
