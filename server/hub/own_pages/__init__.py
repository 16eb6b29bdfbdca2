"""About, rules, privacy, imprint: written by the hub's editors, with honest texts to begin from."""
