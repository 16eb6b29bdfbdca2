"""The hub as an account: its actor, made on the first start, and the page that says how to follow it."""
