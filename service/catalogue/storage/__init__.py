"""Storage roots: folders and object stores, read and written."""
