"""Floods, dead hosts and fan-outs cost nobody else anything (R4 to R8); each figure beside a server without the
guard, which must miss it.
"""
