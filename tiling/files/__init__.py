"""The bytes of files: local ones through one door, remote ones by ranges."""
