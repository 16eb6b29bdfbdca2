"""How a visitor comes from a page here to their own account: "open on my server".

Nothing of what visitors type is stored or logged, and no cookie remembers it.
"""
