"""The walls of the house: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

PACKAGE = CHECKOUT / "applications" / "init" / "modules" / "registries"
LAYERS = [
    {"errors", "names", "scopes", "passwords", "logs", "dates", "metrics"},
    {"settings", "policy", "keys"},
    {"tokens", "schema", "remote"},
    {"database"},
    {"directory", "audit", "catalog", "changes"},
    {"accounts", "login", "visibility", "connector", "parties"},
    {"token_service", "world", "search", "discovery", "notifications", "deletion"},
    {"follow"},
    {"container"},
    {"setup", "housekeeping", "checks", "snippets", "rest"},
    {"tables"},
    {"web"},
    {"commands", "web2py"},
]
"""Rooms from the bottom up: a room imports from rooms below, its own, and its own layer
where that goes one way."""

FILES = sorted(PACKAGE.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    """Rooms of ours that a file imports at run time, and other modules as they are."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    depth = len(path.relative_to(PACKAGE).parts)
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level == depth and node.module is None:
                found |= {f".{alias.name}" for alias in node.names}
            elif node.level == depth:
                found.add("." + (node.module or "").split(".")[0])
            elif node.level == 0:
                found.add(node.module or "")
    return found


def _level(room: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path: Path) -> None:
    """No room imports from a room above it."""
    room = _room(path)
    if room == "__init__":
        return
    for name in _imports(path):
        if name.startswith(".") and name not in (".__version__", f".{room}"):
            assert _level(name[1:]) <= _level(room), f"{room} imports {name[1:]}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_adapter_knows_the_framework(path: Path) -> None:
    """web2py is imported in one file, the database layer where the database is."""
    names = {name.split(".")[0] for name in _imports(path) if not name.startswith(".")}
    assert "gluon" not in names or _room(path) == "web2py"
    assert "pydal" not in names or _room(path) in ("schema", "database")
    assert "requests" not in names or _room(path) == "checks"


@pytest.mark.parametrize("room", ["policy", "names", "scopes"])
def test_the_policy_is_pure(room: str) -> None:
    """Policy, names and scopes import nothing of ours but each other, and nothing that acts."""
    allowed = {".policy", ".names", ".scopes"}
    harmless = {"__future__", "enum", "re", "dataclasses", "typing", "collections.abc",
                "ipaddress"}
    for path in FILES:
        if _room(path) == room:
            assert _imports(path) <= allowed | harmless


def test_controllers_hold_no_rule() -> None:
    """A controller function is one call."""
    for path in (CHECKOUT / "applications" / "init" / "controllers").glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                assert len(node.body) == 2, f"{path.name}: {node.name}"


def test_files_and_functions_can_be_seen_whole() -> None:
    """Files have at most 300 lines, functions at most 60."""
    for path in FILES:
        text = path.read_text()
        assert len(text.splitlines()) <= 300, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"
