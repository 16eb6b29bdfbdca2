"""All guards, in the order in which a request meets them."""

from tests.guards.guard import Guard
from tests.guards.reading import READING

GUARDS: tuple[Guard, ...] = (*READING,)
