"""The meter, the limits and the SQL ledger."""
