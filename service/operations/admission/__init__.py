"""From a credential to what it opens: who is admitted, to which target, rendered how."""
