"""The first page: the map drawn on the server with the list of open calls beneath it, and the same as GeoJSON."""
