"""`antipole` as it is, but what a killed process had leased is free again after seconds instead of minutes."""

import sys
from datetime import timedelta

from server.__main__ import main
from server.fediverse.deliveries import store as deliveries
from server.fediverse.errands import store as errands

deliveries.LEASE = errands.LEASE = timedelta(seconds=4)

if __name__ == "__main__":
    sys.exit(main())
