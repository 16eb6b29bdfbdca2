"""The doors of real `antipole` processes as strangers see them: sockets, signatures, refusals."""
