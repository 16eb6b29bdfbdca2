"""All guards, in the order in which a request meets them."""

from tests.guards.answering import ANSWERING
from tests.guards.asking import ASKING
from tests.guards.blocking import BLOCKING
from tests.guards.comparing import COMPARING
from tests.guards.delivering import DELIVERING
from tests.guards.documents import DOCUMENTS
from tests.guards.events import EVENTS
from tests.guards.guard import Guard
from tests.guards.hot_answers import HOT_ANSWERS
from tests.guards.limits import LIMITS
from tests.guards.processes import PROCESSES
from tests.guards.reading import READING
from tests.guards.receiving import RECEIVING
from tests.guards.signatures import SIGNATURES

GUARDS: tuple[Guard, ...] = (
    *LIMITS,
    *READING,
    *SIGNATURES,
    *ASKING,
    *RECEIVING,
    *BLOCKING,
    *DOCUMENTS,
    *COMPARING,
    *ANSWERING,
    *HOT_ANSWERS,
    *EVENTS,
    *DELIVERING,
    *PROCESSES,
)
