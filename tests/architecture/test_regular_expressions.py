"""RES-15: no regular expression of ours takes more than linear time, whatever it is shown (CVE-2025-68475)."""

import importlib
import re

import pytest

from tests.architecture.regular_expressions import Expression, expressions, hostile_texts, worst
from tests.architecture.source import module_name, production_files

LENGTH = 256 * 1024
ENOUGH = 0.05

NOT_FOREIGN = (
    "server.cli.",
    "server.storage.",
    "server.control.",
    "server.settings",
    "server.web.stylesheets",
)
"""What these read was written by whoever owns the machine, or by us."""

_OF_CALLS = (10_000, "a call's text at its editor's desk")
SHORTER: dict[str, tuple[int, str]] = {
    "server.initiative.publishing.hints:_MAIL.search": _OF_CALLS,
    "server.initiative.publishing.hints:_MAIL.sub": _OF_CALLS,
}
"""Expressions that only ever see so many characters, and why."""


def collected() -> list[Expression]:
    found = []
    for file in production_files():
        name = module_name(file)
        if not name.startswith(NOT_FOREIGN) and "__main__" not in name:
            module = importlib.import_module(name)
            found += list(expressions(name, file.read_text(encoding="utf-8"), vars(module)))
    return found


ALL = collected()


def test_there_are_many() -> None:
    """Or the collecting is broken. Those of the grammar of addresses and of texts are among them."""
    names = {str(expression) for expression in ALL}
    assert len(names) > 60
    assert "federation.urls:_AUTHORITY.fullmatch" in names
    assert any(name.startswith("server.documents.rich_text:") for name in names)
    assert set(SHORTER) <= names


@pytest.mark.parametrize("expression", ALL, ids=str)
def test_res_15_a_hostile_text_of_256_kib_takes_less_than_50_ms(expression: Expression) -> None:
    length, _ = SHORTER.get(str(expression), (LENGTH, ""))
    assert worst(expression, length, ENOUGH) < ENOUGH, expression.pattern.pattern


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        ("(a+)+b", "fullmatch"),
        ("(a|a)*b", "match"),
        ("(a|aa)+$", "fullmatch"),
        ("a+b", "search"),
        (r" *\n *", "sub"),
        (r"<a\s*[^>]*\s*rel", "search"),
        (r"([a-z]+)*=", "match"),
        (r"x*y*x*y*x*z", "match"),
        (r"(?:\s|[^<])*</p>", "search"),
    ],
)
def test_the_texts_hurt_what_can_be_hurt(pattern: str, use: str) -> None:
    assert worst(Expression("test", re.compile(pattern), use), LENGTH, ENOUGH) >= ENOUGH


@pytest.mark.parametrize(
    ("pattern", "use"),
    [("[a-z]+", "fullmatch"), (r"[a-z_]{1,40}", "search"), (r"\s+", "sub"), ("(?:[a-z]+ )*end", "match")],
)
def test_the_texts_spare_what_is_linear(pattern: str, use: str) -> None:
    assert worst(Expression("test", re.compile(pattern), use), LENGTH, ENOUGH) < ENOUGH


def test_texts_are_of_the_kind_and_length_asked_for() -> None:
    for pattern in (re.compile("a(bc)+d"), re.compile(b"a(bc)+d")):
        texts = list(hostile_texts(pattern, 1000))
        assert texts
        assert all(isinstance(text, type(pattern.pattern)) and 900 < len(text) < 1200 for text in texts)
