"""The account: projects, members, API keys, storage roots, limits, activity, usage."""
