"""Calls as events of calendars: their address, who reads them, and those who would like to come."""
