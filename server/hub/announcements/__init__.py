"""Calls announced to the followers of the hub: not more than the cap a day, evenly when many wait."""
