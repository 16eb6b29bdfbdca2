"""What can go wrong between servers, as exceptions that carry their HTTP meaning.

`reason` is one kebab-case word that is safe to log: it never contains anything a sender chose.
"""


class FederationError(Exception):
    """Base of all errors of this library; `status` is what an HTTP door should answer."""

    status = 500

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Malformed(FederationError):
    """The bytes do not have the shape, size or encoding that the protocol asks for."""

    status = 400


class TooLarge(Malformed):
    """More bytes than this door takes."""

    status = 413


class WrongMediaType(Malformed):
    """Neither `application/activity+json` nor `application/ld+json` with the ActivityStreams profile."""

    status = 415


class NotAuthentic(FederationError):
    """Signature, digest, date or key does not hold."""

    status = 401


class Forbidden(FederationError):
    """Authentic, but not theirs to do: origin, owner, block."""

    status = 403


class TooBusy(FederationError):
    """A budget is used up; ask again after `retry_after` seconds."""

    status = 429

    def __init__(self, reason: str, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unreachable(FederationError):
    """We asked another server and got nothing usable. `retry` says whether asking later can help."""

    status = 502

    def __init__(self, reason: str, detail: str = "", *, retry: bool = True) -> None:
        super().__init__(reason, detail)
        self.retry = retry


class Gone(Unreachable):
    """The origin answered 404 or 410; `deleted` is true only for 410."""

    def __init__(self, reason: str, detail: str = "", *, deleted: bool = False) -> None:
        super().__init__(reason, detail, retry=False)
        self.deleted = deleted


class NotModified(FederationError):
    """The other side answered 304: nothing new since the `Validators` that were given. Not a failure."""

    status = 502
