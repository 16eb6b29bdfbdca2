"""One source of chance for everything in the process, keys included."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from federation.keys import Ed25519PrivateKey, RsaPrivateKey
from server.fediverse.keyring import store as keyring

KEYS = 6
_EXPONENT = 65537
_BITS = 1024
_WINDOW = 4096


@contextmanager
def seeded(seed: int) -> Iterator[random.Random]:
    """While open, `secrets`, `random.SystemRandom`, `os.urandom` and new Ed25519 keys come from `seed`.

    The simulation's own dice are another generator: a draw more in the program must not change the weather.
    """
    of_program = random.Random(f"program {seed}")
    with (
        # What the module `random` read at import; `secrets` asks it as well.
        patch.object(random, "_urandom", of_program.randbytes),
        patch.object(os, "urandom", of_program.randbytes),
        patch.object(keyring, "generate_ed25519", lambda: _ed25519(of_program)),
    ):
        yield random.Random(f"weather {seed}")


def rsa_in_turn() -> Callable[[], RsaPrivateKey]:
    """The same few keys in the same order, for each history anew."""
    numbers = count()
    return lambda: _rsa(next(numbers) % KEYS)


def _ed25519(dice: random.Random) -> Ed25519PrivateKey:
    return Ed25519PrivateKey(ed25519.Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)))


@cache
def _rsa(number: int) -> RsaPrivateKey:
    """Always the same key for one number. OpenSSL cannot be told by which dice to make one."""
    dice = random.Random(f"rsa {number}")
    p, q = _prime(dice), _prime(dice)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    )
    return RsaPrivateKey(numbers.private_key())


def _prime(dice: random.Random) -> int:
    while True:
        base = dice.getrandbits(_BITS) | 3 << (_BITS - 2) | 1
        may_be = bytearray([1]) * _WINDOW
        for small in _small_primes():
            first = -base * pow(2, -1, small) % small
            may_be[first::small] = bytes(len(range(first, _WINDOW, small)))
        for step in range(_WINDOW):
            number = base + 2 * step
            if may_be[step] and (number - 1) % _EXPONENT and pow(2, number - 1, number) == 1:
                return number


@cache
def _small_primes() -> tuple[int, ...]:
    return tuple(n for n in range(3, 20_000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2)))
