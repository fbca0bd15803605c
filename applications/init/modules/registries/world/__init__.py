"""``manage.py load``: an idempotent import of a world from a JSON file.

``document`` reads and checks the file, ``loader`` writes it in one transaction.
"""

from .document import WorldError
from .loader import load

__all__ = ["WorldError", "load"]
