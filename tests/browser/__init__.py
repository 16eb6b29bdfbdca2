"""Real pages of real processes in a real browser: what is seen, read aloud, printed, and reached by keyboard."""
