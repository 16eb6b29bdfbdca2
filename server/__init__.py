"""The application: instances of initiatives and hubs. `docs/architecture.md` shows the rooms."""
