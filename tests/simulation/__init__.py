"""Deterministic simulation (SAFETY R19): whole instances, other people's servers and a hostile one on one event loop
with virtual time, where everything that can go wrong goes wrong by a seed.

    python -m tests.simulation --seed 7          one history again, as a trace that can be read
    python -m tests.simulation --seeds 200       as many histories, over all cores
    python -m tests.simulation --nightly         10 000 histories of 20 instances and 30 days

One seed is one history: all chance of the program (`secrets`, `random.SystemRandom`, new keys) comes from it, the
database's threads and the signing threads run inline, and time passes only while nobody can do anything.
"""
