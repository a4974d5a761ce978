"""Storage roots and the items registered in them."""
