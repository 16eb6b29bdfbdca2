"""How the command line talks to a running server, and how one process at a time owns an instance.

lock       who has the database open
bind       DIR/control.sock, whatever the length of its path
app        what the socket answers
commands   the features' commands and the instance's own
client     the command line's end of the socket
"""
