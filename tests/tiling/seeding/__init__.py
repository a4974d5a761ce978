"""Tests of seeding."""
