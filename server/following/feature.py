"""What "open on my server" plugs in."""

from server.feature import Feature
from server.following import pages
from server.web.doors import ANONYMOUS_FORM, form_door

FEATURE = Feature(name="following", routes=[form_door("/open", pages.open_elsewhere, ANONYMOUS_FORM)])
