"""What registries tell: received, recorded, then digested, or confirmed by asking."""

from .apply import Digester
from .receive import Receiver
from .secrets import Secrets

__all__ = ["Digester", "Receiver", "Secrets"]
