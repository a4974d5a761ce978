"""The doors to threads: whose turn it is, and how their results are awaited."""
