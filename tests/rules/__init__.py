"""Rules of our own that no linter knows: `python -m tests.rules` prints what breaks them."""
