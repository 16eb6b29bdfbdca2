"""\"Open on my server\": how a visitor comes from a page here to their own account."""
