"""The record of each initiative that applied or is listed: its signed profile, pinned key, icon and page."""
