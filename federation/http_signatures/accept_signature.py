"""`Accept-Signature` (RFC 9421 5.1): a server that answers 401 may say what it wants to see signed."""

from dataclasses import dataclass

from federation.http_signatures.rfc9421 import RSA
from federation.http_signatures.structured_fields import read_dictionary

MAX_ASKED = 16
_MAX_WORD = 256
_DERIVED = frozenset({"@method", "@target-uri", "@authority", "@path", "@query"})
_HEADERS = frozenset({"host", "date"})
_OF_A_BODY = frozenset({"content-digest", "content-type", "digest"})
_PARAMETERS = frozenset({"alg", "created", "nonce", "tag"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a server asked for: the label to sign under, components, and words to be signed with them."""

    label: str
    components: tuple[str, ...]
    nonce: str | None = None
    tag: str | None = None


def read_wish(value: str | None, *, with_body: bool) -> Wish | None:
    """The first signature asked for that we can give; None when there is none, or the header is unreadable.

    What we cannot give is not half given: another key, another algorithm, a time of expiry, components with
    parameters, headers that we do not send.
    """
    try:
        asked = read_dictionary(value or "")
    except ValueError:
        return None
    signable = _DERIVED | _HEADERS | (_OF_A_BODY if with_body else frozenset())
    for label, (listed, parameters) in asked.items():
        if not isinstance(listed, list) or not 0 < len(listed) <= MAX_ASKED:
            continue
        names = tuple(name for name, of_name in listed if isinstance(name, str) and not of_name)
        if len(names) < len(listed) or len(set(names)) < len(names) or not signable.issuperset(names):
            continue
        if (
            len(label) > _MAX_WORD
            or not _PARAMETERS.issuperset(parameters)
            or parameters.get("alg", RSA) != RSA
        ):
            continue
        nonce, tag = parameters.get("nonce"), parameters.get("tag")
        if all(word is None or (isinstance(word, str) and len(word) <= _MAX_WORD) for word in (nonce, tag)):
            return Wish(label, names, nonce, tag)
    return None
