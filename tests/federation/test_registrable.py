"""Whose name a host bears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.registrable import registrable_domain


@pytest.mark.parametrize(
    ("authority", "domain"),
    [
        ("evil.example", "evil.example"),
        ("a.evil.example", "evil.example"),
        ("a.b.c.evil.example:8443", "evil.example"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("social.b\u00fccher.example".encode("idna").decode(), "xn--bcher-kva.example"),
        ("a.b.xn--p1ai", "b.xn--p1ai"),
        # Two people under one roof.
        ("a.b.github.io", "b.github.io"),
        ("c.github.io", "c.github.io"),
        # Nothing is registered in these, so the port tells them apart.
        ("co.uk", "co.uk"),
        ("co.uk:8443", "co.uk:8443"),
        ("localhost", "localhost"),
        ("localhost:3000", "localhost:3000"),
        ("127.0.0.1:3000", "127.0.0.1:3000"),
        ("[::1]:3000", "[::1]:3000"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_host_belongs_to_what_was_registered(authority: str, domain: str) -> None:
    assert registrable_domain(authority) == domain


LABELS = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)


@given(st.lists(LABELS, min_size=1, max_size=5))
def test_all_names_below_one_are_the_same(labels: list[str]) -> None:
    assert registrable_domain(".".join([*labels, "evil", "example"])) == "evil.example"


def test_what_is_no_authority_is_malformed() -> None:
    for text in ("", "a b", "user@host.example", "host:99999"):
        with pytest.raises(Malformed):
            registrable_domain(text)
