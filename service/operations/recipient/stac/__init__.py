"""STAC: what a link shares, as catalogues of Earth observation data describe it."""
