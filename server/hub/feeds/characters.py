"""Text that an XML 1.0 reader takes."""

import re

# XML 1.0, 2.2: one of these, even escaped, and the reader refuses the whole feed.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    return _NOT_XML.sub("", text)
