"""What we claim about speed, measured: one file for each claim, one printed line for each file.

`python -m bench [NAME...]`; docs/reference/performance.md says what a line means.
"""
