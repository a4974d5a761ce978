"""What recipients ask for: images, values, documents for map clients, contents, claims."""
