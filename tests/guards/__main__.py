"""Writes the page that lists the guards."""

from tests.guards.catalogue import GUARDS
from tests.guards.guard import PAGE, page

PAGE.write_text(page(GUARDS), encoding="utf-8")
