"""Our real client on a small internet of its own: public addresses on loopback, nothing allowed, no way out."""
