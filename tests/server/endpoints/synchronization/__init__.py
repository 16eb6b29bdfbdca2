"""FEP-8fcf: what we tell each server of its own people, and what we make of what others tell us of ours."""
