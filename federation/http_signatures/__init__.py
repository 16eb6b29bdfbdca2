"""Signatures over HTTP requests.

`message` is a request as it came, `digests` and `dates` what a signature is made over; `cavage` is
draft-cavage-http-signatures-12 and `rfc9421` HTTP Message Signatures, both bare; `scheme` is our policy around
them: what to sign, what a request must cover, when it is too old. `accept_signature` reads what a server asks for.
"""
