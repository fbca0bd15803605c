"""Signing keys of the tokens: generated, stored, rotated, published.

``material`` makes and checks keys, ``files`` stores them, ``store`` says which
one signs now.  Source: ``wire-contract.md`` 3, RFC 7517, RFC 7638.
"""

from .material import ALGORITHMS, SigningKey
from .store import Keystore

__all__ = ["ALGORITHMS", "Keystore", "SigningKey"]
