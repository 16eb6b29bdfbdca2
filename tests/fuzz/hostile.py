"""Documents and bytes as strangers might send them: valid ones bent out of shape, and plain nonsense."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"

_NAMES = """
@context @graph @id @type @reverse id type actor object target attributedTo to cc bto bcc audience tag
attachment content contentMap summary name nameMap url href rel mediaType inReplyTo replies context
conversation published updated startTime endTime location latitude inbox outbox followers following featured
endpoints sharedInbox publicKey publicKeyPem owner controller assertionMethod publicKeyMultibase proof
proofValue verificationMethod cryptosuite proofPurpose created expires signature signatureValue alsoKnownAs
movedTo preferredUsername webfinger discoverable indexable items orderedItems first next last totalItems
partOf links subject aliases template generator implements interactionPolicy quote quoteUrl instrument result
callStatus callType deadline theme languages software version protocols usage metadata __proto__ constructor
"""
NAMES = _NAMES.split()
_TYPES = """
Accept Add Announce Arrive Block Create Delete Dislike Flag Follow Ignore Invite Join Leave Like Listen Move
Offer Question Reject Read Remove TentativeReject TentativeAccept Travel Undo Update View EmojiReact
QuoteRequest Note Article Event Page Video Image Audio Document Place Mention Hashtag Emoji Tombstone Link
Person Organization Group Service Application Collection OrderedCollection OrderedCollectionPage
DataIntegrityProof Multikey Key VerifiableIdentityStatement PropertyValue Proposal
"""
TYPES = _TYPES.split()
ADDRESSES = (
    "https://hub.example/actors/hub",
    "https://garden.example/actors/garden",
    "https://garden.example/actor",
    "https://garden.example/calls/00000000000000000000",
    "https://garden.example/inbox",
    "https://peer.example/users/eve",
    "https://peer.example/users/eve#main-key",
    "https://peer.example/users/mallory",
    "https://elsewhere.example/x",
    "https://127.0.0.1/",
    "http://localhost/",
    "https://[::1]/",
    "https://peer.example:8443/users/eve",
    "https://PEER.example/users/eve",
    "https://user@peer.example/",
    "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    "acct:eve@peer.example",
    "as:Public",
    "Public",
    PUBLIC,
    "javascript:alert(1)",
    "data:text/html,x",
    "urn:uuid:0",
    "#main-key",
    "",
)
TIMES = ("2026-11-23T08:00:00Z", "2026-11-23", "9999-12-31T23:59:60Z", "0000-00-00T00:00:00Z", "now", "-1")
NUMBERS = (0, -1, 1, 2**53, 2**63, 10**40, 0.1, 1e308, -0.0)


def texts() -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from(ADDRESSES),
        st.sampled_from(TYPES),
        st.sampled_from(TIMES),
        st.sampled_from(
            (
                "<p>",
                "<script>alert(1)</script>",
                "\u202e",
                "\x00",
                "\ud7ff",
                "ä" * 500,
                "a" * 5000,
                "z" + "1" * 200,
            )
        ),
        st.text(max_size=40),
    )


def values() -> st.SearchStrategy[Any]:
    leaves = st.one_of(texts(), st.sampled_from(NUMBERS), st.none(), st.booleans())
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), inner, max_size=6),
        ),
        max_leaves=20,
    )


@st.composite
def bent(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """A copy of `document` with one to four members replaced, removed, wrapped, doubled or added, at any depth."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(1, 4))):
        holder = draw(st.sampled_from(_holders(copy)))
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys or (draw(st.booleans()) and isinstance(holder, dict)):
            if isinstance(holder, dict):
                holder[draw(st.sampled_from(NAMES))] = draw(values())
            continue
        key = draw(st.sampled_from(keys))
        holder[key] = draw(st.sampled_from(_WAYS))(holder[key], draw(values()))
    return copy


_WAYS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda old, new: new,
    lambda old, new: [old, new],
    lambda old, new: [old],
    lambda old, new: {"id": old},
    lambda old, new: {"type": "Link", "href": old},
    lambda old, new: None,
    lambda old, new: [[old]],
    lambda old, new: {"@value": old},
)


def _holders(value: Any) -> list[Any]:
    found = [value]
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            found += _holders(inner)
    return found


@st.composite
def bent_bytes(draw: st.DrawFn, document: dict[str, Any]) -> bytes:
    """The document as bytes; now and then with bytes changed, cut out, doubled, or nonsense from the start."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=300))
    if kind == 1:
        return draw(
            st.sampled_from(
                (b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe{}", b"{}" * 9, b"[" * 40_000, b'{"a":' * 9_000)
            )
        )
    body = json.dumps(draw(bent(document))).encode()
    if kind == 2:
        at = draw(st.integers(0, len(body)))
        return body[:at] + draw(st.binary(min_size=1, max_size=5)) + body[at + draw(st.integers(0, 5)) :]
    return body


def headers() -> st.SearchStrategy[dict[str, str]]:
    """To be put over the signed ones: seldom any, and then as parsers like them least."""
    names = st.sampled_from(
        [
            "signature",
            "signature-input",
            "digest",
            "content-digest",
            "date",
            "host",
            "content-type",
            "collection-synchronization",
            "accept",
        ]
    )
    odd = st.sampled_from(
        (
            "",
            "sig1=()",
            'sig1=("@method" "@target-uri");created=1;keyid="x"',
            'sig1=("@method";req "@query-param";name="a");created=99999999999999999999',
            'keyId="https://peer.example/users/eve#main-key",signature="AAAA"',
            'keyId="a",keyId="b",signature="c",headers="date"',
            "SHA-256=AAAA,SHA-256=BBBB",
            "sha-256=:AAAA:",
            "Mon, 23 Nov 2026 08:00:00 GMT",
            "application/activity+json; charset=utf-8; profile=x",
            'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
            'collectionId="x", url="y", digest="z"',
            ";;;,,,===",
            '"' * 300,
            "(" * 5000,
            "a" * 9000,
        )
    )
    latin = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
    some = st.dictionaries(names, st.one_of(odd, latin), min_size=1, max_size=3)
    return st.one_of(st.just({}), st.just({}), st.just({}), some)
