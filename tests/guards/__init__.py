"""Each guard against an attack, taken out to see that a test notices.

`catalogue.py` lists them, `python -m tests.guards` writes `docs/reference/guards.md` from it, and
`test_each_guard_is_needed.py` runs each guard's test in a process whose source lacks that guard: it has to fail.
"""
