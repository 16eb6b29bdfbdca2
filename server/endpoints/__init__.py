"""Doors for machines: inboxes, actors and their collections, discovery, media, health."""
