"""Pages for admins: keys, members, webhooks, the audit log."""
