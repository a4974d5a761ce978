"""Pages that a person reads, and the files that they load."""
