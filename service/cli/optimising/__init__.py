"""`tilegate optimise` in a process of its own: what is asked of it, how it is held, what is heard of it."""
