"""All endpoints, by the name of their controller function."""

from .info import certs, health, jwks
from .token import token

__all__ = ["certs", "health", "jwks", "token"]
