"""The connection to Redis or Valkey: one server or a cluster, asked within a time or not at all."""
