"""What every operation is made of: the operation itself, common fields, markdown, letters."""
