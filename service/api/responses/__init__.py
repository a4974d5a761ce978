"""What leaves: images, files, the bytes of a connection."""
