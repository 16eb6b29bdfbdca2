"""Being listed by hubs: an application is a Follow of the hub, and what becomes of it is written down."""
