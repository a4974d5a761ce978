"""Organizations, projects, members, API keys."""
