"""The end of an initiative, asked for at its desk."""
