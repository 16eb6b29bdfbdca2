"""What the machine itself can do, measured in the same run: a rate alone says more about it than about us."""

import time
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bench.measured import SERVED, on_core


@dataclass(frozen=True, slots=True)
class Signing:
    """RSA with 2048 bits on the core of whoever is measured: signatures a second, CPU seconds for each.

    Both together tell how much of that core was ours: rate times CPU is 1 on a quiet machine.
    """

    rate: float
    cpu: float

    @property
    def share(self) -> float:
        """How much of the core we had."""
        return min(1.0, self.rate * self.cpu)


def signing(seconds: float = 0.5) -> Signing:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with on_core(SERVED):
        key.sign(b"x", padding.PKCS1v15(), hashes.SHA256())
        begun, cpu, signed = time.perf_counter(), time.thread_time(), 0
        while time.perf_counter() - begun < seconds:
            key.sign(b"x", padding.PKCS1v15(), hashes.SHA256())
            signed += 1
        taken, cpu = time.perf_counter() - begun, time.thread_time() - cpu
    return Signing(signed / taken, cpu / signed)
