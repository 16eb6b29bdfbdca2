"""The canonical form of a JSON document (RFC 8785), over which hashes and proofs are made."""

from collections.abc import Mapping
from typing import Any

import rfc8785

from federation.errors import Malformed


def canonicalize(document: Mapping[str, Any] | list[Any]) -> bytes:
    """UTF-8 bytes with sorted keys and ECMAScript numbers.

    `json.dumps(sort_keys=True)` is not this: keys sort by UTF-16 code units and numbers print differently.
    Raises Malformed("not-canonical") for NaN, integers of 2^53 and more, lone surrogates, keys not text.
    """
    try:
        return rfc8785.dumps(dict(document) if isinstance(document, Mapping) else document)
    except (ValueError, RecursionError) as error:  # the library's own error is a ValueError too
        raise Malformed("not-canonical", str(error)) from error
