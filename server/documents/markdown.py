"""The Markdown of initiatives: CommonMark without HTML, pictures and rules; line breaks and bare addresses count."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MAX_NESTING: Final = 16
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+")
_AFTER_AN_ADDRESS: Final = ".,;:!?'’\"”»…*_"


def render(text: str) -> str:
    """HTML, not yet cleaned."""
    html: str = _MARKDOWN.render(text)
    return html


def _strong_paragraph(opening: bool) -> Callable[..., str]:
    def write(self: RendererHTML, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<p><strong>" if opening else "</strong></p>\n"

    return write


def _link_addresses(state: StateCore) -> None:
    """Who writes an address means a link; no server that receives the post makes one of it."""
    for token in state.tokens:
        if token.type != "inline" or not token.children:
            continue
        linked: list[Token] = []
        inside = 0
        for child in token.children:
            inside += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            linked += _with_links(child) if child.type == "text" and not inside else [child]
        token.children = linked


def _with_links(text: Token) -> Iterator[Token]:
    done = 0
    for match in _ADDRESS.finditer(text.content):
        address = match[0].rstrip(_AFTER_AN_ADDRESS)
        # "(see https://a.example/)": the bracket was opened before the address.
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(_AFTER_AN_ADDRESS)
        yield _text(text.content[done : match.start()])
        yield Token("link_open", "a", 1, attrs={"href": address})
        yield _text(address)
        yield Token("link_close", "a", -1)
        done = match.start() + len(address)
    yield _text(text.content[done:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": MAX_NESTING})
    parser.disable(["image", "hr"])
    # Headings are not in the allow-list: Mastodon shows them as bold lines, so we write them so.
    parser.add_render_rule("heading_open", _strong_paragraph(True))
    parser.add_render_rule("heading_close", _strong_paragraph(False))
    parser.core.ruler.after("text_join", "bare_addresses", _link_addresses)
    return parser


_MARKDOWN: Final = _parser()
