"""The hub: a curated directory of initiatives on other servers, its map, its announcements and its feeds.

Rooms in the order in which they know each other: `profile` (the hub's own account), `listings`, `calls`,
`announcements`, `curation` (who comes in, who goes), `map`, `feeds`. `features.py` is what the role plugs in.
"""
