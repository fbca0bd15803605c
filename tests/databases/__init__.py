"""Databases that tests run on: SQLite, or a server of their own that one run has."""

from __future__ import annotations

import os

import pytest

CHOICES = ("sqlite", "mariadb", "postgres")
CHOSEN = os.environ.get("COLLECTOR_TEST_DATABASE", "sqlite")
"""Which of them this run is on."""

RANGES = pytest.param(True, marks=pytest.mark.sqlite_only("servers are asked by names"))
"""What the user sees is read by ranges that are joined: only SQLite finds them in an index."""
