"""What every act towards other servers needs, in one hand."""

from dataclasses import dataclass, field

from federation.client import FederationClient
from federation.ports import Clock
from server.fediverse.effort import Effort
from server.fediverse.keyring import Keyring
from server.fediverse.moderation.blocklist import Blocklist
from server.fediverse.uris import Uris
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Instance:
    """Passed to actions as `here`. Inside a transaction only `client` must stay unused: no network is open
    there.
    """

    settings: Settings
    uris: Uris
    keyring: Keyring
    clock: Clock
    client: FederationClient
    blocklist: Blocklist
    cleaning: Effort = field(default_factory=Effort)
    asking: Effort = field(default_factory=Effort)
