"""Tiles, from cache or rendered; the only door to blocking work on pixels."""
