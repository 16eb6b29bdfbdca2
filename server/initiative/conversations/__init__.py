"""What is said about a call, as collections for other servers: its shown replies, and these with the call itself."""
