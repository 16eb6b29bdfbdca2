"""People who sign in: their accounts, sessions, second steps, invitations and what they may edit."""
