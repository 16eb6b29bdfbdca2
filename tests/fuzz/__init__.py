"""What no author of a test thought of, sent through every door that strangers' bytes come in by.

    python -m tests.fuzz --minutes 10

prints one line for each door and ends with exit status 1 when one of them gave a 5xx, let an exception through, or kept
memory. `make test` runs a short form.
"""
