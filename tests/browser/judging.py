"""What is asked of every page, whether anybody may read it or only who is signed in."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from server.taxonomy.languages import INTERFACE_LANGUAGES
from tests.browser.looking import Look
from tests.browser.walking import Answer, Walk, read

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
INTERFACE = tuple(INTERFACE_LANGUAGES)

BREAKS = re.compile(r"</?(?:p|li|h[1-6]|dt|dd|label|option|div|section|br|small|legend)\b[^>]*>")
GLUED = re.compile(r"\w+[.!?:,;][A-ZА-ЯІЇЄҐÄÖÜ]\w*|\w+[.]{2}(?![.])")

Walks = dict[str, Walk]


def nothing_in(wrong: Mapping[str, Any]) -> None:
    """All of it is said at once: who mends a style wants to know of every page."""
    assert not wrong, "\n".join(f"{page}: {what}" for page, what in wrong.items())


def wrong_in(looks: Iterable[Look], what: str) -> dict[str, Any]:
    return {look.name: getattr(look, what) for look in looks if getattr(look, what)}


def every_link_leads_somewhere(walks: Walks) -> None:
    dead = {
        answer.address: (answer.status, found.linked_from[answer.address])
        for found in walks.values()
        for answer in found.answers
        if answer.status >= 400
        and found.linked_from[answer.address] != "nowhere"
        and not _of_an_error(found, answer)
    }
    nothing_in(dead)


def _of_an_error(found: Walk, answer: Answer) -> bool:
    """The same missing page in another language."""
    from_page = found.linked_from[answer.address]
    return (
        from_page.partition("?")[0] == answer.address.partition("?")[0]
        and found.linked_from[from_page] == "nowhere"
    )


def every_answer_bears_our_policy(walks: Walks) -> None:
    others = {
        answer.address: answer.headers.get("content-security-policy")
        for found in walks.values()
        for answer in found.answers
        if "/media/" not in answer.address and answer.headers.get("content-security-policy") != POLICY
    }
    nothing_in(others)


def one_heading_and_a_title(pages: Iterable[Answer]) -> None:
    said = {page.address: read(page.body) for page in pages}
    nothing_in({address: page.headings for address, page in said.items() if page.headings != 1})
    # What the page is, and whose.
    nothing_in(
        {address: page.title for address, page in said.items() if not re.search(r"\S · \S", page.title)}
    )


def in_the_language_that_was_asked_for(in_languages: Iterable[tuple[str, Answer]]) -> None:
    wrong = {
        page.address: (language, read(page.body).language, page.headers.get("content-language"))
        for language, page in in_languages
        if {language} != {read(page.body).language, page.headers.get("content-language")}
    }
    nothing_in(wrong)


def sentences_stand_apart(pages: Iterable[Answer]) -> None:
    """Jinja takes the end of a line away with the tag that stands there; dates in Russian and Ukrainian end with the
    stop of an abbreviation, after which no sentence may end."""
    glued = {}
    for page in pages:
        main = page.body.decode().partition("<main")[2].partition("</main>")[0]
        text = html.unescape(re.sub(r"<[^>]+>", "", BREAKS.sub(" ", main)))
        if found := GLUED.findall(text):
            glued[page.address] = found
    nothing_in(glued)
