"""The wing of initiatives: what they say of themselves (`profile`), what they ask for (`calls`), which hubs
they want to be listed by (`memberships`), and the first page of an instance without a hub (`front`).
"""
