"""Actors that live on this instance."""
