import pytest
from starlette.requests import Request

from server.web.negotiation import page_language, wants_activity_json


def asking(accept: str = "", *, query: str = "", languages: str = "") -> Request:
    headers = [(b"accept", accept.encode()), (b"accept-language", languages.encode())]
    return Request(
        {"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": headers}
    )


@pytest.mark.parametrize(
    "accept",
    [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json, application/ld+json",
        "application/activity+json, text/html;q=0.1",
    ],
)
def test_servers_get_documents(accept: str) -> None:
    assert wants_activity_json(asking(accept))


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/json",
        "text/html, application/activity+json",
    ],
)
def test_people_get_pages(accept: str) -> None:
    assert not wants_activity_json(asking(accept))


def test_the_language_is_chosen_by_hand_first_then_by_the_browser() -> None:
    assert page_language(asking(query="lang=uk", languages="de")) == "uk"
    assert page_language(asking(languages="de-AT,de;q=0.9,en;q=0.5")) == "de"


@pytest.mark.parametrize("query", ["lang=xx", "lang=../../etc", "lang="])
def test_a_language_we_do_not_speak_is_english_and_not_an_error(query: str) -> None:
    assert page_language(asking(query=query, languages="fr")) == "en"


def test_belarusian_and_kazakh_readers_are_not_given_russian() -> None:
    assert page_language(asking(languages="be,kk;q=0.8")) == "en"
