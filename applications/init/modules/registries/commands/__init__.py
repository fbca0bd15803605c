"""``manage.py``: what an operator does at the keyboard."""

from .parser import main

__all__ = ["main"]
