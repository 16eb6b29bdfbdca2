"""Rewrites server/storage/schema.sql from the migrations: `.venv/bin/python scripts/dump_schema.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from server.storage.migrate import SCHEMA, dump_schema, read_migrations

SCHEMA.write_text(dump_schema(read_migrations()), encoding="utf-8")
