"""A worker: connections accepted, requests served."""
