"""QR codes as the path of an inline SVG: no picture to load, no style attribute, sharp on paper."""

from functools import lru_cache


@lru_cache(maxsize=256)
def qr_svg_path(text: str) -> tuple[int, str]:
    """(modules on each side, path data), without the quiet zone of four modules that must surround it.

    The path is to be stroked one module wide: runs of dark modules as moves relative to each other compress to a
    third of filled squares, and every page weighs. Raises `segno.DataOverflowError` for more than 2953 bytes.
    """
    # Not above: most servers are asked for a code rarely, and it holds more than a megabyte.
    import segno

    code = segno.make_qr(text, error="l", boost_error=True)
    path: list[str] = []
    at_x, at_y = 0.0, 0.0
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                path.append(f"m{start - at_x:g} {y + 0.5 - at_y:g}h{x - start}")
                at_x, at_y = x, y + 0.5
            x += 1
    return len(code.matrix), "".join(path)
