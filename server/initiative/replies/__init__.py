"""What people elsewhere answer to a call: replies that an editor looks at first, reactions that are only counted,
and quotes, which are refused.
"""
