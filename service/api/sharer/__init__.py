"""The sharer's page at `/`: a client of the operations, for a browser that somebody signed in with."""
