"""E-mail: letters, their outbox in SQL, and the worker that sends them."""
