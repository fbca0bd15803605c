"""Logging in: credentials of users, services and nodes, identity tokens, lockout."""
