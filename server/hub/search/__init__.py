"""Finding initiatives and calls by words. What somebody looks for is in no address, no row and no log."""
