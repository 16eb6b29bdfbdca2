"""Who reads: a GET that a server signed becomes the actor that signed it."""

from collections.abc import Callable

from federation.actors import RemoteActor
from federation.client import FederationClient
from federation.errors import Forbidden
from federation.http_signatures.scheme import RawRequest, inspect
from federation.origins import authority_of, origin_of
from federation.ports import Clock, RememberedActors
from federation.signers import Verification


def _nobody(_: str) -> bool:
    return False


async def authenticate(
    request: RawRequest,
    *,
    origin: str,
    client: FederationClient,
    actors: RememberedActors,
    clock: Clock,
    is_blocked: Callable[[str], bool] = _nobody,
) -> RemoteActor:
    """The actor that signed a GET, by what is remembered of it or by its key, fetched as for an inbox.

    Raises `NotAuthentic` ("signature-missing" for a request without a signature), `TooBusy`, and `Forbidden` for who is
    blocked and for a key that its owner does not list; a key that cannot be had is `NotAuthentic` too.
    """
    now = clock.now()
    claim = inspect(request, origin=origin, now=now)
    if is_blocked(authority_of(claim.key_id)):
        raise Forbidden("blocked")
    signer, _ = await Verification(client, actors, now).signer(claim, request)
    # Apart from what its server may send: a call that many read there must not hold up what they answer.
    client.strangers.pace.take(f"GET {origin_of(signer.id)}", now)
    return signer
