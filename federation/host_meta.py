"""host-meta (RFC 6415): where a host's WebFinger is, when it is not at the usual address.

The one XML that is read here. What XML can be attacked with (entities that grow, files and addresses that are fetched)
begins with `<!`, and nothing that a host-meta needs does, so such a document is not parsed at all.
"""

from xml.etree import ElementTree

from federation.errors import Malformed

HOST_META_TYPES = frozenset({"application/xrd+xml", "application/xml", "text/xml"})

_LINK = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}Link"
_MAX_LINKS = 64
_MAX_TEMPLATE = 2048
# Before RFC 7033 a WebFinger answered in XML; who still has that names it here as well.
_OLD_TYPE = "application/xrd+xml"


def template_in(body: bytes) -> str:
    """The template of the first `lrdd` link, with `{uri}` in it once. Raises `Malformed`.

    It is somebody else's word: the address that comes of it is checked like any other.
    """
    try:
        # Decoded here: in UTF-16 the two characters that are looked for stand apart.
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not-utf-8") from error
    # NUL too: UTF-16 without its mark is readable UTF-8 full of NULs, and the parser would know it for UTF-16.
    if "<!" in text or "\0" in text:
        raise Malformed("xml-declarations")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - what it warns of was refused above
    except (ElementTree.ParseError, ValueError) as error:
        raise Malformed("not-xml") from error
    for link in root.findall(_LINK)[:_MAX_LINKS]:
        template = link.get("template", "")
        if link.get("rel") != "lrdd" or link.get("type") == _OLD_TYPE:
            continue
        if template.count("{uri}") == 1 and len(template) <= _MAX_TEMPLATE:
            return template
    raise Malformed("no-template")
