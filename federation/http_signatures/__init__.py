"""Signatures over HTTP requests.

`digests` is the body's digest; `cavage` draft-cavage-http-signatures-12, bare; `scheme` our policy around it:
what to sign, what a request must cover, when it is too old. RFC 9421 plugs into `scheme`.
"""
