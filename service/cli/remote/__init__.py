"""The commands that ask a running service: one for every operation, made from the OpenAPI document beside this."""
