"""The supervisor: workers started, watched, replaced."""
