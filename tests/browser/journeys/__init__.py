"""What somebody does in a browser, from beginning to end."""
