"""A request as it stood on the wire: what a signature is checked against."""

from starlette.requests import Request

from federation.inbox import RawRequest


def raw_request(request: Request, body: bytes) -> RawRequest:
    """A signature covers the undecoded target; `body` was read by the caller, within its bounds."""
    target = bytes(request.scope.get("raw_path") or request.scope["path"].encode()).decode("latin-1")
    query = bytes(request.scope["query_string"]).decode("latin-1")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]]
    return RawRequest(request.method, f"{target}?{query}" if query else target, headers, body)
