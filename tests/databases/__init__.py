"""Databases that tests run on: SQLite, or a server of their own that one run has."""

from __future__ import annotations

import os

CHOICES = ("sqlite", "mariadb", "postgres")
CHOSEN = os.environ.get("COLLECTOR_TEST_DATABASE", "sqlite")
"""Which of them this run is on."""
