"""An initiative at a glance for its editors: what waits for them, what happened."""
