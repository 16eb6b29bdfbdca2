"""Several processes on one PostgreSQL: what `serve --web` and `work` promise, and two machines of which any process may
be killed at any moment. `python -m tests.processes --minutes 30` tries that for longer, `--seed N` again.
"""
