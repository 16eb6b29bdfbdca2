"""The directory for machines and feed readers: directory.json, calls.json and Atom."""
