"""Webhooks: to which servers of an organization notices are sent, their outbox, and the loop that sends them."""
