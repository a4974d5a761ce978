"""The lane of its own for heavy work: each job in a process that can be ended, with a deadline and a memory limit."""
