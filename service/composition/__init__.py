"""Puts the parts of the service together, one builder a room; without HTTP."""
