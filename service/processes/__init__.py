"""The processes that make up a running service: a supervisor, its workers and, where none is given, a Valkey."""
