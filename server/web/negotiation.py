"""Who asks: a browser that wants a page, or a server that wants a document."""

from starlette.requests import Request

from federation.vocabulary import ACTIVITY_JSON
from server.taxonomy.languages import INTERFACE_LANGUAGES, negotiate

LD_JSON = "application/ld+json"


def wants_activity_json(request: Request) -> bool:
    """True when the Accept header names an ActivityPub media type before `text/html`.

    Any order but "document first" means a person: a browser never names these types, and a
    server that names both (WordPress does) puts the one it prefers first.
    """
    return prefers_document(request.headers.get("accept", ""))


def prefers_document(accept: str) -> bool:
    """`wants_activity_json` of the bare header."""
    accept = accept.lower()
    documents = [at for at in (accept.find(ACTIVITY_JSON), accept.find(LD_JSON)) if at >= 0]
    page = accept.find("text/html")
    return bool(documents) and (page < 0 or min(documents) < page)


def page_language(request: Request) -> str:
    """The interface language: `?lang=` if we speak it, else what the browser asks for, else English."""
    wish = request.query_params.get("lang", "")
    if wish in INTERFACE_LANGUAGES:
        return wish
    return negotiate(request.headers.get("accept-language", ""))
