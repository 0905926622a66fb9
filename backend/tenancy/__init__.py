"""Businesses: their identity, policies, first steps, and the file that describes a whole one."""
