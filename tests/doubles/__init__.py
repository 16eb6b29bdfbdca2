"""Stand-ins for other software, by its habits as PROTOCOL.md tells them."""
