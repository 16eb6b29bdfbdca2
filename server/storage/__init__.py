"""Named SQL on one writing connection; `database.py` is what the rest of the house sees."""
