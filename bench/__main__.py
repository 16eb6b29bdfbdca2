"""`python -m bench [NAME...]`: the named benchmarks, or all of them, a line each."""

import sys
from collections.abc import Callable, Mapping

from bench import documents, fanout, inbox, pages
from bench.line import Line

BENCHES: Mapping[str, Callable[[], Line]] = {
    "documents": documents.measure,
    "fanout": fanout.measure,
    "inbox": inbox.measure,
    "pages": pages.measure,
}


def main(names: list[str]) -> int:
    """0, or 2 with a sentence."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}: choose from {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    if not sys.platform.startswith("linux"):
        print("The benchmarks read the server's CPU time from /proc: run them on Linux.", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        print(BENCHES[name](), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
