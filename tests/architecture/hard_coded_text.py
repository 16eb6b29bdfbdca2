"""Finds words on screen that no translator will ever see.

In templates: text between tags and in attributes that people read, whether it stands there as it is or comes out of an
expression (`{{ "Yes" if sure }}`); and any string in an expression that reads like prose, since it may be handed to a
macro. In Python: what is said through a name in `SPOKEN`, and any string that reads like prose, unless it is marked.

It cannot see words that are put together from pieces, nor one lower-case word handed on by name.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from jinja2 import Environment, nodes

MARKS = {"_", "N_", "gettext", "ngettext", "pgettext", "npgettext"}
NAMES = ("Antipole", "ActivityPub", "Mastodon", "Atom", "QR")
"""Names are the same in every language."""

READ_ATTRIBUTES = {
    "alt",
    "title",
    "aria-label",
    "aria-description",
    "aria-placeholder",
    "placeholder",
    "label",
}
BUTTONS = {"submit", "button", "reset"}
TYPED = {"code", "kbd", "samp", "script", "generator"}
"""What is typed or read by machines is the same in every language."""

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
ATTRIBUTE = re.compile(r'(?<![\w-])([a-z][a-z-]*)="([^"<>]*)"')
EXPRESSION = "\ufffc"
"""Stands for what an expression puts in."""

SPOKEN = {"title", "sentence", "label", "heading", "help", "legend", "question", "note", "text"}
SAYS = {"PageError": (1, 2), "NavigationLink": (0,), "DeskLink": (0,), "Refusal": (0,)}
"""Calls whose arguments at these places are shown to people."""

PROSE = re.compile(r"[A-ZА-ЯЁІЇЄҐ].* [^\W\d_A-ZА-ЯЁІЇЄҐ]{2}|[^\W\d_]{2,} [^\W\d_]+ [^\W\d_]{2,}", re.DOTALL)
"""A capital and later a word without one, or three words in a row; "Accept, Accept-Language" is neither."""


def letters_in(text: str) -> str:
    """The text without names, if any letter of any script is left in it; else nothing."""
    rest = text
    for name in NAMES:
        rest = re.sub(rf"\b{re.escape(name)}\b", "", rest)
    return " ".join(text.replace(EXPRESSION, " … ").split()) if any(map(str.isalpha, rest)) else ""


def in_template(environment: Environment, source: str) -> list[str]:
    """What is written out in a template, in its order."""
    tree = environment.parse(source)
    page = _Page()
    page.feed("".join(_pieces(tree)))
    page.close()
    return [*page.found, *_prose_of(tree)]


def in_python(source: str) -> list[str]:
    """Strings in a module that people will read and that nobody marked."""
    tree = ast.parse(source)
    quiet = set(_quiet_strings(tree))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            said = [keyword.value for keyword in node.keywords if keyword.arg in SPOKEN]
            said += [node.args[place] for place in SAYS.get(_name(node.func), ()) if place < len(node.args)]
            for value in said:
                text = _literal(value)
                if text is not None and id(value) not in quiet and letters_in(text):
                    found.append((value.lineno, text))
                    quiet.update(map(id, ast.walk(value)))
    for node in ast.walk(tree):
        text = _literal(node)
        if text is not None and id(node) not in quiet and PROSE.match(text) and letters_in(text):
            found.append((getattr(node, "lineno", 0), text))
            quiet.update(map(id, ast.walk(node)))
    return [text for _, text in sorted(found)]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        read = [said[name] for name in READ_ATTRIBUTES & said.keys() if (tag, name) != ("link", "title")]
        if tag == "meta" and said.get("name") in ("description", "author"):
            read.append(said.get("content", ""))
        if tag == "input" and said.get("type") in BUTTONS:
            read.append(said.get("value", ""))
        self.found.extend(filter(None, map(letters_in, read)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        # A macro may write attributes of a tag that is somewhere else.
        for name, value in ATTRIBUTE.findall(data):
            if name in READ_ATTRIBUTES and (text := letters_in(value)):
                self.found.append(text)
        data = ATTRIBUTE.sub("", data)
        if not TYPED & set(self._open) and (text := letters_in(data)):
            self.found.append(text)


def _pieces(tree: nodes.Node) -> Iterator[str]:
    """The page as it is written, with both sides of every condition; what expressions say by themselves included."""
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.TemplateData):
            yield node.data
        elif isinstance(node, nodes.Expr):
            if isinstance(tree, nodes.Output):
                yield "".join(_said(node)) + EXPRESSION
        else:
            yield from _pieces(node)


def _said(node: nodes.Node) -> Iterator[str]:
    """Strings that an expression may answer with."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        for side in (node.expr1, node.expr2):
            if side is not None:
                yield from _said(side)
    elif isinstance(node, nodes.Concat | nodes.And | nodes.Or | nodes.Add | nodes.Mod | nodes.Filter):
        for part in node.iter_child_nodes():
            yield from _said(part)


def _prose_of(node: nodes.Node) -> Iterator[str]:
    for part in node.iter_child_nodes():
        if isinstance(part, nodes.Call) and isinstance(part.node, nodes.Name) and part.node.name in MARKS:
            continue
        if isinstance(part, nodes.Const) and isinstance(part.value, str):
            if PROSE.match(part.value) and letters_in(part.value):
                yield part.value
        else:
            yield from _prose_of(part)


def _quiet_strings(tree: ast.AST) -> Iterator[int]:
    """Marked, documentation, or for programmers only: an assertion, an annotation, a piece of a larger string."""
    for node in ast.walk(tree):
        inside: Sequence[ast.AST | None] = ()
        if isinstance(node, ast.Call) and _name(node.func) in MARKS:
            inside = node.args
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside = (node.value,)
        elif isinstance(node, ast.Assert):
            inside = (node.msg,)
        elif isinstance(node, ast.arg | ast.AnnAssign):
            inside = (node.annotation,)
        elif isinstance(node, ast.JoinedStr):
            inside = node.values
        for part in inside:
            if part is not None:
                yield from map(id, ast.walk(part))


def _literal(node: ast.AST) -> str | None:
    """What a string says that is written out, with a mark for each value put into it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(value) or EXPRESSION for value in node.values)
    return None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
