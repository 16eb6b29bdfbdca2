"""Calls of listed initiatives, kept byte for byte as they were signed."""
