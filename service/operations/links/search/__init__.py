"""Finding links among many."""
