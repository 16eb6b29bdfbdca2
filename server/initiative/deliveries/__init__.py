"""How what an initiative says reaches other servers, host by host."""
