"""The first page, the lists and the feeds of an instance; where there is a hub, the hub's take their place."""
