"""What editors decided: who, when, what and why, in a chain of hashes to which is only ever added."""
