"""Printing rows: a table for people, JSON, YAML and CSV for programs.

Names come from registries and from other people: control characters are shown,
never sent to the terminal, and no cell of a CSV begins a spreadsheet formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
import yaml

Row = dict[str, Any]
FORMATS = ("table", "json", "yaml", "csv")
_WIDEST = 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def show(rows: Sequence[Row], columns: Sequence[str], form: str) -> None:
    """Print rows; ``columns`` are those of the table and the CSV, in order."""
    _FORMS[form](rows, columns)


def say(sentence: str) -> None:
    """Print a sentence."""
    click.echo(plain(sentence))


def plain(value: Any) -> str:
    """A value as one line of printable characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    cells = [[_short(plain(row.get(name))) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells)]
    for line in ([name.upper() for name in columns], *cells):
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())


def _csv(rows: Sequence[Row], columns: Sequence[str]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    click.echo(stream.getvalue(), nl=False)


def _json(rows: Iterable[Row], columns: Sequence[str]) -> None:
    click.echo(json.dumps(list(rows), indent=2))


def _yaml(rows: Iterable[Row], columns: Sequence[str]) -> None:
    click.echo(yaml.safe_dump(list(rows), sort_keys=False), nl=False)


def _cell(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = plain(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


_FORMS: dict[str, Callable[[Sequence[Row], Sequence[str]], None]] = {
    "table": _table, "json": _json, "yaml": _yaml, "csv": _csv
}
