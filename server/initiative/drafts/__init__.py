"""Calls while they are written: drafts of new ones and unsent edits of published ones, looked at before they go out."""
