"""Reports by other servers (`Flag`), in a queue until an editor has looked; and passed on, naming nobody."""
