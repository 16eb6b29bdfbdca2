"""What people write and what others send becomes HTML that is safe to show."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.documents import rich_text
from server.documents.rich_text import (
    FOREIGN_REL,
    MAX_DEPTH,
    TAGS,
    clean,
    is_web_link,
    link,
    link_addresses,
    markdown_to_html,
    plain_text,
)

MARKUP = """<p> </p> <b> </b> <a~href='https://a.example/'> </a> <ul> <li> </li> </ul>
<button> <table> <td> <svg> <math>
<style> </style> <!-- --> <br> <pre> <script> <template> <select> <blockquote> <h1> x &lt; &nbsp; " < >
<span~class=invisible> <a~href=javascript:x> <img~src=x~onerror=y> \u202e a.example ~ <p~lang=uk>"""
PIECES = st.lists(
    st.sampled_from(MARKUP.split()).map(lambda piece: piece.replace("~", " ")),
    max_size=40,
).map("".join)


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rels: set[str | None] = set()
        self.depth = self.deepest = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "a":
            self.rels.add(dict(attrs).get("rel"))
        if tag != "br":
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1


@given(st.one_of(PIECES, st.text(max_size=200)))
def test_cleaning_again_changes_nothing_and_only_the_allow_list_is_left(html: str) -> None:
    cleaned = clean(html)
    assert clean(cleaned) == cleaned
    seen = Seen(cleaned)
    assert seen.tags <= TAGS
    assert seen.attributes <= {"href", "rel", "class", "lang", "start", "reversed", "value"}
    assert seen.rels <= {FOREIGN_REL}
    assert seen.deepest <= MAX_DEPTH
    assert seen.depth == 0


@given(st.text(max_size=300))
def test_any_markdown_becomes_clean_html(text: str) -> None:
    html = markdown_to_html(text)
    assert clean(html) == html
    assert "<script" not in html.lower()


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<iframe src=https://evil.example></iframe>",
        "<style>body{display:none}</style>",
        "<form action=https://evil.example><input name=x></form>",
        "<base href=https://evil.example>",
        '<meta http-equiv=refresh content="0;url=https://evil.example">',
        '<p onclick="alert(1)" style="position:fixed">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVa\tScript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<a href="//evil.example">x</a>',
        '<a href="https:evil">x</a>',
        '<a href="https://good.example@evil.example/">x</a>',
        '<a href="https://evil.example/antipole.apk">x</a>',
    ],
)
def test_nothing_of_it_stays_active(html: str) -> None:
    cleaned = clean(html).lower()
    assert "evil.example" not in cleaned
    assert "href" not in cleaned
    assert "alert(1)" not in cleaned
    assert "style" not in cleaned


def test_a_link_that_names_another_host_says_where_it_leads() -> None:
    cleaned = clean('<a href="https://evil.example/x">https://good.example</a>')
    assert "good.example (evil.example)</a>" in cleaned
    same = clean('<a href="https://good.example/x">good.example/x</a>')
    assert "(good.example)" not in same


def test_hostile_depth_costs_no_time_and_stays_bounded() -> None:
    begun = time.perf_counter()
    for html in ("<ul><li>" * 30_000, "<b>" * 10_000, "<blockquote>" * 1_900 + "deep", "<" * 200_000):
        assert Seen(clean(html)).deepest <= MAX_DEPTH
    assert "deep" in clean("<blockquote>" * 1_900 + "deep")
    assert time.perf_counter() - begun < 5


def test_markdown_keeps_lines_and_turns_headings_into_strong_paragraphs() -> None:
    html = markdown_to_html(
        "# Why\n\none\ntwo\n\n- a\n- [b](https://b.example/)\n\n<i>as text</i> ![alt](https://c.example/d.png)"
    )
    assert "<p><strong>Why</strong></p>" in html
    assert "one<br>" in html
    assert f'<a href="https://b.example/" rel="{FOREIGN_REL}">b</a>' in html
    assert "&lt;i&gt;as text&lt;/i&gt;" in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://a.example/x_y_z?a=1&b=2.", "https://a.example/x_y_z?a=1&b=2"),
        ("(https://a.example/)", "https://a.example/"),
        ("https://a.example/b_(c)!", "https://a.example/b_(c)"),
        ("**https://a.example/**", "https://a.example/"),
        ("[here](https://a.example/ 'https://b.example/')", "https://a.example/"),
        ("<https://a.example/>", "https://a.example/"),
    ],
)
def test_a_bare_address_becomes_one_link(text: str, address: str) -> None:
    assert link_addresses(markdown_to_html(text)) == [address]


def test_an_address_in_code_stays_code() -> None:
    assert link_addresses(markdown_to_html("`https://a.example/`")) == []


def test_the_words_of_html_keep_their_paragraphs() -> None:
    assert (
        plain_text("<p>one<br>two</p>\n<ul>\n<li>a</li>\n<li>b &amp; c</li>\n</ul>") == "one\ntwo\n\na\nb & c"
    )


def test_our_own_links_can_be_ticked_by_mastodon() -> None:
    html = link("https://a.example/?x=1&y=2", rel="me nofollow noopener noreferrer")
    assert html == (
        '<a href="https://a.example/?x=1&amp;y=2" rel="me nofollow noopener noreferrer">'
        '<span class="invisible">https://</span>a.example/?x=1&amp;y=2</a>'
    )
    assert link_addresses(html) == ["https://a.example/?x=1&y=2"]


@pytest.mark.parametrize(
    "url",
    [
        "https://a b",
        "https://a\\b",
        "ftp://a.example",
        "https://",
        "https://u@a.example",
        "https://[::1",
        "x",
        "https://a:x/",
    ],
)
def test_what_browsers_and_servers_read_differently_is_no_link(url: str) -> None:
    assert not is_web_link(url)


def test_the_same_words_are_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """RES-15: ten thousand brackets take a tenth of a second, and anybody may ask for a feed of fifty such calls."""
    rendered: list[str] = []

    def counting(text: str) -> str:
        rendered.append(text)
        return text

    monkeypatch.setattr(rich_text, "render", counting)
    words = "Words that no other test renders " + "*[" * 10
    assert rich_text.markdown_to_html(words) == rich_text.markdown_to_html(words)
    assert rendered == [words]
