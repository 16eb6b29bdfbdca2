"""The child process: picture bytes in on stdin, a new picture out on stdout. Started by `actions`, never
imported.

A decoder is the part most likely to be broken into or blown up by a hostile file, so it runs where memory
and time are bounded and where there is nothing to take. What comes out is made from pixels alone: EXIF,
XMP, ICC text, thumbnails and whatever was glued behind the picture stay behind.
"""

import io
import resource
import struct
import sys
import warnings

MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 5
MAX_SIDE = 4096
EXIT_NOT_A_PICTURE = 3
EXIT_TOO_LARGE = 4
EXIT_ANIMATED = 5

# By their first bytes, never by name or announced type. SVG is a document with scripts and is not among them.
_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    side = int(sys.argv[1])
    data = sys.stdin.buffer.read()
    form = next((form for magic, form in _MAGIC.items() if data.startswith(magic)), None)
    if form is None:
        return EXIT_NOT_A_PICTURE
    from PIL import Image, ImageOps  # after the limits: they hold for the decoder's own set-up too

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as picture:
            # The header tells the size before anything is decoded: 4 KB of PNG can ask for 16 GB of pixels.
            if max(picture.size) > MAX_SIDE:
                return EXIT_TOO_LARGE
            if getattr(picture, "n_frames", 1) > 1:
                return EXIT_ANIMATED
            upright = ImageOps.exif_transpose(picture)
            has_alpha = upright.has_transparency_data
            pixels = upright.convert("RGBA" if has_alpha else "RGB")
    except (OSError, ValueError, SyntaxError, struct.error, EOFError):
        return EXIT_NOT_A_PICTURE
    except (MemoryError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        return EXIT_TOO_LARGE
    pixels.thumbnail((side, side))
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    out = io.BytesIO()
    clean.save(out, format="PNG", optimize=True)
    sys.stdout.buffer.write(struct.pack(">II", *clean.size) + out.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
