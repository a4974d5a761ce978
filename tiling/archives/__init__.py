"""PMTiles archives (version 3): tiles that were made elsewhere, read out of one file by its directories."""
