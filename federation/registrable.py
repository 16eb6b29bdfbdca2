"""Whose name a host bears: the domain somebody registered, under which they make as many names as they like.

A wildcard in the DNS gives an attacker a new host for each request (Mastodon before 4.0.2 followed each of them),
so what strangers may cost is counted by registered domain.
"""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from federation.urls import parse_url


@lru_cache(maxsize=4096)
def registrable_domain(authority: str) -> str:
    """`example.co.uk` of `a.b.example.co.uk:8443`: the name below the public suffix, without the port.

    An address keeps its port, as does a name without anything registered in it (`localhost`, `co.uk`): there the port
    is all that tells two servers apart. `authority` is "host[:port]" as `origins.authority_of` writes it; raises
    `Malformed` for what is none.
    """
    url = parse_url(f"https://{authority}/")
    if url.address is not None:
        return authority
    return _suffixes().privatesuffix(url.host) or authority


@cache
def _suffixes() -> PublicSuffixList:
    """The list that comes with the library, never one from the network.

    Its private part too: the owners of two names under a host of many, like github.io, have nothing to do with each
    other.
    """
    return PublicSuffixList(accept_unknown=True, accept_encoded_idn=True)
