"""Writes what is made from the registry: the command line's description, and the typed parts of the clients."""
