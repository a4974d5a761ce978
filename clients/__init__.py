"""Clients for programs, in Python and TypeScript, and what writes their typed parts."""
