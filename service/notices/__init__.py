"""Notices: what happened that the makers of links and the admins of an organization want to know in time."""
