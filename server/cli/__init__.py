"""The command line: one verb or family of verbs a file. Machine-read lines go to stdout, all else to stderr."""
