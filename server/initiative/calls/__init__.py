"""Calls to action: publishing, editing, closing and withdrawing them, and their public page."""
