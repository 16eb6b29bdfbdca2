"""Actors of other servers: where to deliver and whose key it is, nothing a person could be known by."""
