"""`python -m bench [NAME...]`: the named benchmarks or all: a line each, Fedify's beside it, then the verdicts."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence

from bench import documents, fanout, fedify_peer, growth, inbox, memory, pages, sick_hosts, start
from bench.line import Figures, Line
from bench.references import Signing, signing
from bench.verdicts import Verdict, judged
from tests.peers.fedify.installation import PeerUnavailable

BENCHES: Mapping[str, Callable[[], Line]] = {
    "documents": documents.measure,
    "fanout": fanout.measure,
    "inbox": inbox.measure,
    "pages": pages.measure,
    "sick_hosts": sick_hosts.measure,
}
FIGURES: Mapping[str, Callable[[], Sequence[Verdict]]] = {
    "growth": growth.measure,
    "memory": memory.measure,
    "start": start.measure,
}
FEDIFY: Mapping[str, Callable[[], Figures]] = {
    "documents": fedify_peer.documents,
    "fanout": fedify_peer.fanout,
    "inbox": fedify_peer.inbox,
}
ALL = (*BENCHES, *FIGURES)


def main(names: list[str]) -> int:
    """0, or 2 with a sentence. A figure that is missed is said, and is no failure: it may be the machine's."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}: choose from {', '.join(ALL)}.", file=sys.stderr)
        return 2
    if not sys.platform.startswith("linux"):
        print("The benchmarks read the server's CPU time from /proc: run them on Linux.", file=sys.stderr)
        return 2
    verdicts: list[Verdict] = []
    machine = [_say_signing()]
    for name in names or ALL:
        if name in FIGURES:
            found = FIGURES[name]()
            for verdict in found:
                print(f"{name}: {verdict.what}: {verdict.found:.2f} {verdict.unit}", flush=True)
        else:
            line = BENCHES[name]()
            print(line, flush=True)
            found = judged(line, _fedify(name))
        verdicts += found
    machine.append(_say_signing())
    _conclude(verdicts, machine)
    return 0


def _say_signing() -> Signing:
    measured = signing()
    print(
        f"machine: {measured.rate:.0f} RSA-2048 signatures/s, {measured.cpu * 1e6:.0f} us CPU each, "
        f"{measured.share:.0%} of a core was ours",
        flush=True,
    )
    return measured


def _fedify(name: str) -> Figures | None:
    if name not in FEDIFY:
        return None
    if shutil.which("npm") is None:
        print(f"  fedify {name}: left out: install Node.js with npm to measure Fedify beside us.", flush=True)
        return None
    try:
        its = FEDIFY[name]()
    except PeerUnavailable as reason:
        print(f"  fedify {name}: left out: {reason}", flush=True)
        return None
    print(
        f"  fedify {name}: {its.rate:.0f}/s, {its.cpu * 1e6:.0f} us CPU, p50 {its.p50 * 1e3:.1f} ms, "
        f"p99 {its.p99 * 1e3:.1f} ms, PSS {its.memory / 1e6:.0f} MB",
        flush=True,
    )
    return its


def _conclude(verdicts: Sequence[Verdict], machine: Sequence[Signing]) -> None:
    if not verdicts:
        return
    print("\nGoals:")
    for verdict in verdicts:
        print(f"  {verdict}")
    missed = sum(not verdict.reached for verdict in verdicts)
    print(f"{len(verdicts) - missed} of {len(verdicts)} reached.")
    share = min(one.share for one in machine)
    if share < 0.9:
        print(
            f"Only {share:.0%} of a core was ours: rates and times are worse than the machine's by that much. "
            "Ratios and CPU times say more."
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
