"""HTTP: aiohttp's web module is imported here and nowhere else."""
