"""The desk's first page, and its menu: what waits, before everything else."""
