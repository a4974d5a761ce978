"""Who signed in to the sharer's page, for how long."""
