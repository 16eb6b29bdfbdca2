"""Floods cost no memory and no rows, and nobody else's time (R4, R5, R6); each figure beside a server without the
guard, which must miss it.
"""
