"""What a request says: its body, its parameters, what may stand in it."""
