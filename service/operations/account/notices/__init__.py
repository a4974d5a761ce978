"""Notices: who wants letters, and which servers are sent what happens."""
