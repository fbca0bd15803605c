"""The tables of the screens: the collector's protocol, without HTTP.

Source: ``collector-contract.md`` B.5.
"""

from .answers import commonality, csv, data, values
from .docker import DOCKER
from .plain import LOGS, RESINFO

TABLES = {table.name: table for table in (DOCKER, RESINFO, LOGS)}
"""The tables by the name that is in their addresses."""

__all__ = ["TABLES", "commonality", "csv", "data", "values"]
