"""Templates are a stranger's text: what becomes a link, and what never does."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.addresses import NetworkPolicy
from federation.urls import parse_url
from federation.webfinger import Link
from server.following.model import INTENTS, SUBSCRIBE, Home, Wanted, Way, filled, parse_home, way_to

PUBLIC = NetworkPolicy()
LETTERS = Wanted("account", "https://letters.example/actors/letters", "@letters@letters.example")
CALL = Wanted("call", "https://letters.example/calls/1?a=b&c", "Write", "en")
HOME = Home("mastodon.example", "me")
ENCODED = "https%3A%2F%2Fletters.example%2Factors%2Fletters"
GUESS = f"https://mastodon.example/authorize_interaction?uri={ENCODED}"


def intent(act: str, template: str) -> Link:
    return Link(INTENTS + act, None, template)


def subscribe(template: str) -> Link:
    return Link(SUBSCRIBE, None, template)


def way(*links: Link, wanted: Wanted = LETTERS, home: Home = HOME) -> Way:
    return way_to(wanted, home, links, PUBLIC)


def test_the_intent_comes_before_the_older_template() -> None:
    found = way(
        subscribe("https://mastodon.example/authorize_interaction?uri={uri}"),
        intent("Follow", "https://mastodon.example/intents/follow?id={object}&back={on-success}"),
    )
    address = f"https://mastodon.example/intents/follow?id={ENCODED}&back="
    assert found == Way(address, "mastodon.example", is_guess=False)


def test_a_call_is_opened_and_not_followed() -> None:
    follow = intent("Follow", "https://mastodon.example/follow?o={object}")
    found = way(follow, intent("Object", "https://mastodon.example/look?o={object}"), wanted=CALL)
    encoded = "https%3A%2F%2Fletters.example%2Fcalls%2F1%3Fa%3Db%26c"
    assert found.address == f"https://mastodon.example/look?o={encoded}"
    assert way(follow, wanted=CALL).is_guess


def test_the_older_template_does_for_servers_without_intents() -> None:
    found = way(subscribe("https://mastodon.example/authorize_interaction?uri={uri}"))
    assert (found.address, found.is_guess) == (GUESS, False)


def test_a_server_that_says_nothing_gets_the_usual_address() -> None:
    assert way() == Way(GUESS, "mastodon.example", is_guess=True)


def test_a_host_below_the_one_that_was_asked_is_theirs() -> None:
    assert (
        way(subscribe("https://social.mastodon.example/x?uri={uri}")).authority == "social.mastodon.example"
    )


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert({uri})",
        "JaVa\tScript:alert({uri})",
        "data:text/html,{uri}",
        "vbscript:{uri}",
        "http://mastodon.example/x?uri={uri}",
        "https://evil.example/x?uri={uri}",
        "https://mastodon.example.evil.example/x?uri={uri}",
        "https://notmastodon.example/x?uri={uri}",
        "https://example/x?uri={uri}",
        "https://mastodon.example@evil.example/x?uri={uri}",
        "https://mastodon.example:8443/x?uri={uri}",
        "https://{uri}/",
        "https://{host}evil.example/?uri={uri}",
        "//mastodon.example/x?uri={uri}",
        "/\\mastodon.example/x?uri={uri}",
        "https:mastodon.example/x?uri={uri}",
        "https://mastodon.example/x\r\nLocation: https://evil.example/?uri={uri}",
        'https://mastodon.example/x?uri={uri}"><script>',
        "https://mastodon.example/x?uri={uri}&y={",
        "https://mastodon.example/\u202egpj?uri={uri}",
        "https://mastodon.example/x",
        "https://mastodon.example/x?uri={URI}",
        "https://mastodon.example/x?{?uri}",
        "https://127.0.0.1/x?uri={uri}",
        "https://mastodon.example/x?uri={uri}" + "a" * 2048,
        "",
    ],
)
def test_a_hostile_template_is_as_if_it_were_not_there(template: str) -> None:
    assert way(subscribe(template)) == Way(GUESS, "mastodon.example", is_guess=True)


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_a_template_says_the_link_stays_on_the_server_that_was_asked(
    before: str, after: str
) -> None:
    for template in (f"{before}{{uri}}{after}", f"https://{before}{{uri}}{after}"):
        address = parse_url(way(subscribe(template)).address)
        assert address.scheme == "https"
        assert address.host == "mastodon.example" or address.host.endswith(".mastodon.example")


@given(st.text(max_size=200))
def test_a_value_never_leaves_its_place(value: str) -> None:
    expanded = filled("https://a.example/?u={uri}&x={other}", "uri", value)
    assert expanded is not None
    assert expanded.startswith("https://a.example/?u=")
    assert expanded.endswith("&x=")
    assert set(expanded.removeprefix("https://a.example/?u=").removesuffix("&x=")).isdisjoint(
        "&?#/:@ \r\n<>\"'"
    )


@pytest.mark.parametrize(
    ("typed", "home"),
    [
        ("mastodon.example", Home("mastodon.example", None)),
        (" Mastodon.Example/ ", Home("mastodon.example", None)),
        ("@me@mastodon.example", HOME),
        ("me@mastodon.example", HOME),
        ("acct:me@mastodon.example", HOME),
        ("https://mastodon.example/@me", HOME),
        ("https://mastodon.example/users/me/", HOME),
        ("https://mastodon.example/home?x=1", Home("mastodon.example", None)),
        ("mastodon.example:8443", Home("mastodon.example:8443", None)),
    ],
)
def test_what_visitors_type(typed: str, home: Home) -> None:
    assert parse_home(typed) == home


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "@me@",
        "me @mastodon.example",
        "javascript:alert(1)",
        "https://",
        "ftp://a.example",
        "a/b",
        "ä.de",
    ],
)
def test_what_is_no_server(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the form says one sentence for all of them
        parse_home(typed)


@given(st.text(max_size=100))
def test_no_text_breaks_the_form(typed: str) -> None:
    try:
        home = parse_home(typed)
    except ValueError:
        return
    assert home.authority == home.authority.lower()
    assert not set(home.account) & set(' /?#\r\n<>"')


def test_a_server_is_asked_for_its_own_actor() -> None:
    assert Home("mastodon.example:8443", None).account == "mastodon.example@mastodon.example:8443"
    assert HOME.account == "me@mastodon.example"


def test_on_the_operators_own_network_there_is_no_https() -> None:
    policy = NetworkPolicy((ip_network("127.0.0.0/8"),))
    found = way_to(LETTERS, Home("127.0.0.2:8001", None), (), policy)
    assert found.address.startswith("http://127.0.0.2:8001/authorize_interaction?")
    template = subscribe("http://127.0.0.3:8001/?uri={uri}")
    assert way_to(LETTERS, Home("127.0.0.2:8001", None), (template,), policy).is_guess
