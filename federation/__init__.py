"""The protocol library: ActivityPub between servers, without a framework and without a database.

    errors            what can go wrong, with its HTTP meaning
    vocabulary        names: media types, contexts, the Public address, our extension terms
    urls              one strict reading of an http(s) URL
    documents         reading untrusted JSON
    canonical         RFC 8785
    multibase         base58btc, Multikey, did:key
    keys              RSA and Ed25519 key pairs
    http_signatures   draft-cavage and RFC 9421, and the scheme: what we sign, what we ask for
    integrity_proofs  FEP-8b32: attach, verify; FEP-c390: whose a did:key is
    origins           who may speak for what (FEP-fe34)
    addresses         which URLs and network addresses may be contacted
    fetching          what a fetch gives and may cost
    http1             one connection: a request, and an answer with its limits
    connections       connections to checked addresses only, kept by origin
    knocks            which way of signing to try at a server, and what worked there
    signing           requests signed in threads
    client            the only door to other hosts
    actors            actor documents, and the actor behind a key id
    registrable       whose name a host bears
    strangers         what is spent on senders nobody has verified
    pace              how much a server may send that was verified
    ports             what the application provides: a clock, remembered actors, the instance's key
    signers           who signed a request, or wrote a document
    inbox             a raw request becomes a VerifiedActivity
    readers           a signed GET becomes the actor that signed it
    delivery          whom to deliver to, what an answer means, when to try again
    objects           what people write elsewhere: notes, articles, events, videos
    collections       collections and their pages
    collection_synchronization    who follows whom, compared by one digest (FEP-8fcf)
    webfinger         handles to actors and back
    host_meta         where a host's WebFinger is, when it is elsewhere
    instance_actors   the actor that stands for a whole server
    nodeinfo          what an instance says about itself

Start reading at `inbox.receive` for what comes in and at `client.FederationClient` for what goes out.
"""

from federation.actors import RemoteActor
from federation.addresses import NetworkPolicy
from federation.client import FederationClient
from federation.errors import FederationError
from federation.inbox import Forwarded, Ignored, RawRequest, VerifiedActivity, receive

# PyPI has an unrelated project that installs a top-level `federation` over ours; start-up looks for this
# name.
ANTIPOLE_FEDERATION = True

__all__ = [
    "ANTIPOLE_FEDERATION",
    "FederationClient",
    "FederationError",
    "Forwarded",
    "Ignored",
    "NetworkPolicy",
    "RawRequest",
    "RemoteActor",
    "VerifiedActivity",
    "receive",
]
