"""What can be refused: one actor by its id, or everybody of an origin."""

from federation.errors import Malformed
from federation.origins import origin_of


def target_of(given: str, own_origin: str) -> str:
    """An actor's id as it is, or an origin in its one spelling; a bare host name means https.

    Raises `Malformed`: "bad-url", or "own-server" for whoever would refuse themselves.
    """
    text = given.strip()
    url = text if "://" in text else f"https://{text}"
    origin = str(origin_of(url))
    if origin == own_origin:
        raise Malformed("own-server")
    return origin if url.rstrip("/").count("/") == 2 else url


def is_origin(target: str) -> bool:
    """Whether a block is of a whole server."""
    return target == str(origin_of(target))


def why_not(given: str, error: Malformed) -> str:
    """One sentence for whoever gave something that cannot be blocked."""
    if error.reason == "own-server":
        return f"{given!r} is this server itself."
    return f"{given!r} cannot be blocked: give a host, an origin like https://host, or an actor's id."
