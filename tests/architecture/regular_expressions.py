"""Every regular expression of the code, how it is used, and texts made to hurt it.

A text that hurts is made of the expression itself: what leads to a repetition, then what is repeated, as often as it
takes, then something that fits nowhere.
"""

import ast
import re
import re._constants as constants  # type: ignore[import-not-found] # no stubs: the parser behind `re`
import re._parser as parser  # type: ignore[import-not-found] # the same
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

USES: dict[str, Callable[[re.Pattern[Any], Any], object]] = {
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "match": lambda pattern, text: pattern.match(text),
    "search": lambda pattern, text: pattern.search(text),
    "sub": lambda pattern, text: pattern.sub(text[:0], text),
    "split": lambda pattern, text: pattern.split(text),
    "finditer": lambda pattern, text: sum(1 for _ in pattern.finditer(text)),
}
_ALIASES = {"subn": "sub", "findall": "finditer"}
_NOWHERE = "\x00\ufffe"
_MOST_NESTED = 6


@dataclass(frozen=True)
class Expression:
    """One expression and one way in which it is used; `where` is "module:NAME" or "module:line"."""

    where: str
    pattern: re.Pattern[Any]
    use: str

    def __str__(self) -> str:
        return f"{self.where}.{self.use}"


def expressions(module: str, source: str, names: dict[str, object]) -> Iterator[Expression]:
    """Those compiled at the top of a module, by their uses in it; and those written where they are used.

    One that is used elsewhere or handed on is taken to be used in every way but those that look everywhere.
    """
    for name, pattern in _compiled(names):
        bare = name.partition("[")[0]
        found = set(re.findall(rf"\b{re.escape(bare)}(?:\[[^\]]*\])?\.([a-z]+)\(", source))
        uses = {_ALIASES.get(use, use) for use in found} & set(USES) or {"fullmatch", "match"}
        for use in sorted(uses):
            yield Expression(f"{module}:{name}", pattern, use)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (written := _written(node)) is not None:
            yield Expression(f"{module}:{node.lineno}", *written)


def _compiled(names: dict[str, object]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in names.items():
        if isinstance(value, re.Pattern):
            yield name, value
        elif isinstance(value, dict):
            yield from (
                (f"{name}[{key}]", held) for key, held in value.items() if isinstance(held, re.Pattern)
            )
        elif isinstance(value, list | tuple):
            yield from (
                (f"{name}[{index}]", held) for index, held in enumerate(value) if isinstance(held, re.Pattern)
            )


def _written(call: ast.Call) -> tuple[re.Pattern[Any], str] | None:
    function = call.func
    if not (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ):
        return None
    use = _ALIASES.get(function.attr, function.attr)
    return (re.compile(call.args[0].value), use) if use in USES else None


def hostile_texts(pattern: re.Pattern[Any], length: int) -> Iterator[Any]:
    """Texts of about `length` characters, of the expression's own kind (text or bytes)."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(text, pattern.flags & ~re.UNICODE)
    for lead, pumped in dict.fromkeys(_pumps(tree, "", 0)):
        for body in dict.fromkeys((pumped, pumped + lead, lead + pumped)):
            for tail in ("", _NOWHERE):
                made = lead + body * (length // max(len(body), 1)) + tail
                yield made if isinstance(pattern.pattern, str) else made.encode("utf-8", "replace")


def _pumps(tree: Iterable[Any], lead: str, depth: int) -> Iterator[tuple[str, str]]:
    """(what leads to it, what is repeated) for each repetition, inner ones included."""
    for operator, argument in tree:
        if operator in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            _, most, body = argument
            if most > 1:
                for word in dict.fromkeys((_sample(body, 0), _sample(body, 1))):
                    if word:
                        yield lead, word
            if depth < _MOST_NESTED:
                yield from _pumps(body, lead, depth + 1)
        elif operator is constants.SUBPATTERN:
            yield from _pumps(argument[3], lead, depth + 1)
        elif operator is constants.ATOMIC_GROUP:
            yield from _pumps(argument, lead, depth + 1)
        elif operator is constants.BRANCH:
            for branch in argument[1]:
                yield from _pumps(branch, lead, depth + 1)
        elif operator in (constants.ASSERT, constants.ASSERT_NOT):
            yield from _pumps(argument[1], lead, depth + 1)
        lead += _sample([(operator, argument)], 0)


def _sample(tree: Iterable[Any], which: int) -> str:
    """A short text that fits; `which` tells two apart where there is a choice."""
    out = ""
    for operator, argument in tree:
        if operator is constants.LITERAL:
            out += chr(argument)
        elif operator is constants.NOT_LITERAL:
            out += "a" if argument != ord("a") else "b"
        elif operator is constants.ANY:
            out += "a"
        elif operator is constants.IN:
            out += _one_of(argument, which)
        elif operator in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            least, most, body = argument
            out += _sample(body, which) * max(least, min(1, most))
        elif operator is constants.SUBPATTERN:
            out += _sample(argument[3], which)
        elif operator is constants.ATOMIC_GROUP:
            out += _sample(argument, which)
        elif operator is constants.BRANCH:
            branches = argument[1]
            out += _sample(branches[which % len(branches)], which)
    return out


_CATEGORIES = {
    constants.CATEGORY_DIGIT: "1",
    constants.CATEGORY_SPACE: " ",
    constants.CATEGORY_WORD: "a",
    constants.CATEGORY_NOT_DIGIT: "a",
    constants.CATEGORY_NOT_SPACE: "a",
    constants.CATEGORY_NOT_WORD: "-",
}


def _one_of(members: list[Any], which: int) -> str:
    if members[0][0] is constants.NEGATE:
        shut = re.compile("[" + "".join(_as_class(member) for member in members[1:]) + "]")
        open_ = [c for c in "a1 <>&\"'=/-\n\t\x7fé" if not shut.match(c)]
        return open_[which % len(open_)] if open_ else ""
    operator, argument = members[which % len(members)]
    if operator is constants.LITERAL:
        return chr(argument)
    if operator is constants.RANGE:
        return chr(argument[which % 2])
    return _CATEGORIES.get(argument, "a")


def _as_class(member: Any) -> str:
    operator, argument = member
    if operator is constants.LITERAL:
        return re.escape(chr(argument))
    if operator is constants.RANGE:
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    return {
        constants.CATEGORY_DIGIT: r"\d",
        constants.CATEGORY_SPACE: r"\s",
        constants.CATEGORY_WORD: r"\w",
        constants.CATEGORY_NOT_DIGIT: r"\D",
        constants.CATEGORY_NOT_SPACE: r"\S",
        constants.CATEGORY_NOT_WORD: r"\W",
    }[argument]


def worst(expression: Expression, length: int, enough: float) -> float:
    """Seconds of processor time for the text that takes longest; ends early when one takes more than `enough`.

    Short texts first: an expression that takes exponential time would never come back from a long one.
    """
    longest = 0.0
    for size in (*range(8, 64, 4), *range(64, 200, 16), 400, 2_000, 20_000, length):
        if size > length:
            break
        longest = 0.0
        for text in hostile_texts(expression.pattern, size):
            took = (
                min(_timed(expression, text) for _ in range(2))
                if size == length
                else _timed(expression, text)
            )
            longest = max(longest, took)
            if took > enough:
                return took
    return longest


def _timed(expression: Expression, text: Any) -> float:
    begun = time.thread_time()
    USES[expression.use](expression.pattern, text)
    return time.thread_time() - begun
