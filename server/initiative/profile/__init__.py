"""Initiatives: adding, editing and removing them, and their public page."""
