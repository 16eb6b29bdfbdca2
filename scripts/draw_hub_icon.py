"""Draws server/static/icons/hub.png: `.venv/bin/python scripts/draw_hub_icon.py`.

Dots of different size joined to no centre, in the house's two colours on paper.
"""

from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 256
OVERSAMPLING = 4
PAPER, SIGNAL, CALM, LINE = "#faf8f4", "#a4412f", "#256468", "#d9d4ca"
DOTS = [
    (74, 82, 26, CALM),
    (182, 64, 18, CALM),
    (196, 172, 28, CALM),
    (92, 190, 20, CALM),
    (138, 124, 22, SIGNAL),
]
JOINED = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (4, 2)]

large = SIZE * OVERSAMPLING
picture = Image.new("RGB", (large, large), PAPER)
draw = ImageDraw.Draw(picture)
for first, second in JOINED:
    ends = [(DOTS[i][0] * OVERSAMPLING, DOTS[i][1] * OVERSAMPLING) for i in (first, second)]
    draw.line(ends, fill=LINE, width=6 * OVERSAMPLING)
for x, y, radius, colour in DOTS:
    box = [(c + sign * radius) * OVERSAMPLING for sign in (-1, 1) for c in (x, y)]
    draw.ellipse(box, fill=colour)
target = Path(__file__).resolve().parent.parent / "server" / "static" / "icons" / "hub.png"
target.parent.mkdir(parents=True, exist_ok=True)
picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS).quantize(64).save(target, optimize=True)
