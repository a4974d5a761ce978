"""What an organization's links were used for: counters, sums, what a month comes to, exports for billing."""
