"""Requests of our own to web servers that others name, without being led to servers that are not meant."""
