"""Refusals of tiles in overload: prepared bytes, and a brake for those who ask again at once."""

from __future__ import annotations
