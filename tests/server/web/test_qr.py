"""QR codes: the path draws exactly the modules of the code, and nothing that our policy forbids."""

import re

import pytest
import segno

from server.web.qr import qr_svg_path

RUN = re.compile(r"m(-?[0-9.]+) (-?[0-9.]+)h([0-9]+)")


def drawn(text: str) -> tuple[int, set[tuple[int, int]]]:
    """(side, dark modules), by following the path as a browser would."""
    side, path = qr_svg_path(text)
    assert RUN.sub("", path) == ""
    dark, x, y = set(), 0.0, 0.0
    for across, down, length in RUN.findall(path):
        x, y = x + float(across), y + float(down)
        assert y % 1 == 0.5  # a stroke one module wide fills its row
        dark |= {(int(x) + step, int(y)) for step in range(int(length))}
        x += int(length)
    return side, dark


@pytest.mark.parametrize(
    "text",
    [
        "https://hub.example/",
        "https://verzeichnis.example/directory/calls/hu5ruxezwp35frmt",
        "https://initiative.example/@" + "a" * 200,
    ],
)
def test_the_path_draws_the_code(text: str) -> None:
    side, dark = drawn(text)
    matrix = segno.make_qr(text, error="l").matrix
    assert side == len(matrix)
    assert dark == {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}


def test_the_finder_patterns_stand_in_three_corners() -> None:
    side, dark = drawn("https://hub.example/")
    for left, top in ((0, 0), (side - 7, 0), (0, side - 7)):
        assert {(left + step, top) for step in range(7)} <= dark
        assert (left + 1, top + 1) not in dark
    assert not {(side - 7 + step, side - 7) for step in range(7)} <= dark


def test_the_same_address_is_drawn_once() -> None:
    assert qr_svg_path("https://hub.example/a") is qr_svg_path("https://hub.example/a")
