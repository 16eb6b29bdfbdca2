"""Every pair of colours that text or shapes are set in, computed from the tokens themselves, in both themes."""

import re

import pytest

from server.paths import static_dir
from server.web.stylesheets import squeeze

TEXT = 4.5
SHAPE = 3.0

PAIRS = [
    # Ink of every sort on every ground that words stand on.
    *((ink, ground, TEXT) for ground in ("paper", "raised") for ink in ("ink", "quiet", "signal", "calm")),
    *((ink, ground, TEXT) for ground in ("paper", "raised") for ink in ("amber", "danger")),
    ("on-signal", "signal", TEXT),
    ("ink", "water", TEXT),
    ("ink", "land", TEXT),
    # Edges of fields and buttons, the ring of the focus, dots of the map (WCAG 2.2, 1.4.11).
    ("edge", "paper", SHAPE),
    ("edge", "raised", SHAPE),
    ("calm", "land", SHAPE),
    ("calm", "water", SHAPE),
    ("signal", "land", SHAPE),
    ("signal", "water", SHAPE),
]
NOT_FOR_READING = {"line"}
"""Hairlines between things that are told apart without them."""


def tokens() -> dict[str, dict[str, str]]:
    css = squeeze((static_dir() / "css" / "tokens.css").read_text(encoding="utf-8"))
    light, rest = css.split("@media (prefers-color-scheme: dark)", 1)
    dark, paper = rest.split("@media print", 1)
    found = {"light": colours(light)}
    found["dark"] = {**found["light"], **colours(dark)}
    found["print"] = {**found["light"], **colours(paper)}
    return found


def colours(css: str) -> dict[str, str]:
    return {name: full(value) for name, value in re.findall(r"--([a-z-]+): (#[0-9a-f]+)", css)}


def full(value: str) -> str:
    return value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of sRGB."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_every_pair_can_be_told_apart(theme: str) -> None:
    colour = tokens()[theme]
    weak = {
        f"{ink} on {ground}": round(contrast(colour[ink], colour[ground]), 2)
        for ink, ground, least in PAIRS
        if contrast(colour[ink], colour[ground]) < least
    }
    assert weak == {}


def test_no_colour_is_without_a_pair() -> None:
    checked = {name for ink, ground, _ in PAIRS for name in (ink, ground)} | NOT_FOR_READING
    assert set(tokens()["light"]) - checked == set()


def test_colours_are_named_once() -> None:
    """A colour written into a block would be in no theme and in no pair. White and black of QR codes are in the SVG."""
    for file in (static_dir() / "css").rglob("*.css"):
        if file.name != "tokens.css":
            text = file.read_text(encoding="utf-8")
            assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", text), file.name


def test_every_token_that_is_used_is_there() -> None:
    known = set(
        re.findall(r"--([a-z-]+):", (static_dir() / "css" / "tokens.css").read_text(encoding="utf-8"))
    )
    for file in (static_dir() / "css").rglob("*.css"):
        used = set(re.findall(r"var\(--([a-z-]+)\)", file.read_text(encoding="utf-8")))
        assert used <= known, file.name
