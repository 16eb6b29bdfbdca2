"""Names of the ActivityPub world: media types, contexts, the Public collection and our own few terms.

The contexts are lists to put into documents as they are. We never fetch a context: received JSON is read by
its fixed key names; our own terms are written out inline, so a seized or silent host cannot redefine them.
"""

import re
from typing import Any, Final

AS_CONTEXT: Final = "https://www.w3.org/ns/activitystreams"
SECURITY_CONTEXT: Final = "https://w3id.org/security/v1"
CID_CONTEXT: Final = "https://www.w3.org/ns/cid/v1"
DATA_INTEGRITY_CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
# ActivityPub 5.6 allows the compacted spellings; JSON-LD libraries of some senders produce them.
PUBLIC_SPELLINGS: Final = frozenset({PUBLIC, "as:Public", "Public"})

ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON_PROFILE: Final = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
JRD_JSON: Final = "application/jrd+json"

EXTENSION_NAMESPACE: Final = "https://w3id.org/antipole/ns#"

# How an actor says that its server reads RFC 9421 (FEP-844e).
RFC9421: Final = "https://datatracker.ietf.org/doc/html/rfc9421"
GENERATOR: Final[dict[str, Any]] = {
    "type": "Application",
    "implements": [{"href": RFC9421, "name": "RFC-9421: HTTP Message Signatures"}],
}

ACTOR_TYPES: Final = frozenset({"Application", "Group", "Organization", "Person", "Service"})

# The one source of every term that is not in a context above. `http://schema.org#` is wrong and required:
# Mastodon reads PropertyValue under exactly that namespace. Terms which security/v1 or cid/v1 define
# (publicKey, alsoKnownAs, assertionMethod, ...) must stay out: cid/v1 protects its own and a JSON-LD
# processor refuses the whole document that redefines one.
EXTENSION_TERMS: Final[dict[str, Any]] = {
    "toot": "http://joinmastodon.org/ns#",
    "schema": "http://schema.org#",
    "antipole": EXTENSION_NAMESPACE,
    "Hashtag": "as:Hashtag",
    "sensitive": "as:sensitive",
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "webfinger": {"@id": "https://purl.archive.org/socialweb/webfinger#webfinger"},
    "callType": {"@id": "antipole:callType", "@type": "@vocab"},
    "callStatus": {"@id": "antipole:callStatus", "@type": "@vocab"},
    "callSize": {"@id": "antipole:callSize", "@type": "@vocab"},
    "deadline": {"@id": "antipole:deadline", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
    # A date without a time of day, as it was given; `startTime` and `deadline` can only say moments.
    "startDate": {"@id": "antipole:startDate", "@type": "http://www.w3.org/2001/XMLSchema#date"},
    "deadlineDate": {"@id": "antipole:deadlineDate", "@type": "http://www.w3.org/2001/XMLSchema#date"},
    "theme": {"@id": "antipole:theme", "@type": "@id", "@container": "@set"},
    "languages": {"@id": "antipole:languages", "@container": "@set"},
    # FEP-044f, under the names that GoToSocial gave them first: who may quote a post.
    "gts": "https://gotosocial.org/ns#",
    "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
    "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
    "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
}

# Of an Event (FEP-8a8e, a draft; `status` is what Mobilizon reads in its place). Not in the map above: every call and
# every actor would carry them along. `category` is one word here: Mobilizon cannot read a list of them.
EVENT_TERMS: Final[dict[str, Any]] = {
    "fep8a8e": "https://w3id.org/fep/8a8e/",
    "displayEndTime": {"@id": "fep8a8e:displayEndTime", "@type": "http://www.w3.org/2001/XMLSchema#boolean"},
    "timezone": "fep8a8e:timezone",
    "organizers": {"@id": "fep8a8e:organizers", "@type": "@id"},
    "eventStatus": {"@id": "fep8a8e:eventStatus", "@type": "@vocab"},
    "EventScheduled": "fep8a8e:EventScheduled",
    "status": "http://www.w3.org/2002/12/cal/ical#status",
    "joinMode": "fep8a8e:joinMode",
    "externalParticipationUrl": "fep8a8e:externalParticipationUrl",
    "category": "fep8a8e:category",
    "inLanguage": "schema:inLanguage",
}

ACTOR_TERMS: Final[dict[str, Any]] = {
    "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id", "@container": "@set"},
}

# data-integrity/v2 is here too: without it a JSON-LD reader drops the `proof` of a signed actor.
ACTOR_CONTEXT: Final[list[Any]] = [
    AS_CONTEXT,
    SECURITY_CONTEXT,
    CID_CONTEXT,
    DATA_INTEGRITY_CONTEXT,
    {**EXTENSION_TERMS, **ACTOR_TERMS},
]
OBJECT_CONTEXT: Final[list[Any]] = [AS_CONTEXT, DATA_INTEGRITY_CONTEXT, EXTENSION_TERMS]
EVENT_CONTEXT: Final[list[Any]] = [AS_CONTEXT, DATA_INTEGRITY_CONTEXT, {**EXTENSION_TERMS, **EVENT_TERMS}]

_PARAMETER = re.compile(r';\s*+([A-Za-z0-9_-]++)\s*+=\s*+(?:"([^"\\]*+)"|([^\s";]++))\s*+')


def is_activity_json(content_type: str | None) -> bool:
    """Whether a Content-Type is one of the two that ActivityPub allows (ActivityPub 3.2, FEP-fe34).

    Strict because of uploads: a server that lets users upload files serves them as `application/json`,
    `text/plain` or `application/ld+json` without the profile, and a reader that took those took forged actors
    (CVE-2024-25623).
    """
    if content_type is None or len(content_type) > 512:
        return False
    media_type, separator, rest = content_type.partition(";")
    rest = separator + rest
    parameters: dict[str, str] = {}
    position = 0
    while position < len(rest):
        match = _PARAMETER.match(rest, position)
        if match is None:
            return False
        name = match[1].lower()
        if name in parameters:
            return False
        parameters[name] = match[2] if match[2] is not None else match[3]
        position = match.end()
    match media_type.strip().lower():
        case "application/activity+json":
            return True
        case "application/ld+json":
            return AS_CONTEXT in parameters.get("profile", "").split()
        case _:
            return False
