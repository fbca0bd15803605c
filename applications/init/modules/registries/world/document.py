"""The shape of a world file, and errors that say where it is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadRequest

Row = Mapping[str, Any]


class WorldError(BadRequest):
    """The file can't be loaded; nothing was written."""


@dataclass(frozen=True)
class Kind:
    """The members that objects of one section may have, by type; ``!`` marks mandatory."""

    members: Mapping[str, str]


_NAME = "text!"
SECTIONS: dict[str, Kind] = {
    "groups": Kind({"id": "id", "role": _NAME, "privilege": "flag", "description": "text"}),
    "users": Kind({
        "id": "id", "username": "text", "email": _NAME, "first_name": "text", "last_name": "text",
        "password": "text", "registration_key": "text", "quota_docker_registries": "count",
        "primary_group": "text", "groups": "texts", "privileges": "texts",
    }),
    "apps": Kind({
        "id": "id", "app": _NAME, "description": "text", "responsibles": "texts",
        "publications": "texts",
    }),
    "nodes": Kind({
        "node_id": "uuid!", "nodename": _NAME, "app": "text", "cluster_id": "uuid", "uuid": "uuid",
        "addresses": "texts",
    }),
    "services": Kind({
        "svc_id": "uuid!", "svcname": _NAME, "app": "text", "cluster_id": "uuid", "nodes": "texts",
    }),
    "registries": Kind({
        "id": "id", "service": _NAME, "url": _NAME, "insecure": "flag", "restricted": "flag",
        "publications": "texts", "responsibles": "texts", "major": "count", "algorithm": "text",
        "pull_seconds": "count", "push_seconds": "count", "placement": "flag",
    }),
    "repositories": Kind({
        "id": "id", "registry": "id!", "repository": _NAME, "stars": "count", "official": "flag",
        "automated": "flag", "description": "text",
    }),
    "tags": Kind({
        "id": "id", "repository": "id!", "name": _NAME, "config_digest": "text",
        "config_size": "count",
    }),
}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 65_535 and "\x00" not in value


def _is_id(value: Any) -> bool:
    return _is_count(value) and value > 0


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9A-Za-z-]{0,36}", value) is not None


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "id": _is_id,
    "count": _is_count,
    "flag": _is_flag,
    "text": _is_text,
    "texts": _is_texts,
    "uuid": _is_uuid,
}


def read(path: Path) -> dict[str, list[Row]]:
    """Read a world file into checked rows by section.

    :raises WorldError: it can't be read, or names the place that is wrong.
    """
    try:
        world = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WorldError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise WorldError(f"{path} is no JSON: {error}") from None
    return check(world)


def check(world: Any) -> dict[str, list[Row]]:
    """Check a decoded world.

    :raises WorldError: names the place that is wrong.
    """
    if not isinstance(world, dict):
        raise WorldError("a world is a JSON object")
    unknown = set(world) - set(SECTIONS) - {"comment"}
    if unknown:
        raise WorldError(f"unknown section {min(unknown)!r}")
    return {name: list(_rows(name, world.get(name, []))) for name in SECTIONS}


def _rows(section: str, rows: Any) -> Iterator[Row]:
    if not isinstance(rows, list):
        raise WorldError(f"{section} is not a list")
    for number, row in enumerate(rows):
        where = f"{section}[{number}]"
        if not isinstance(row, dict):
            raise WorldError(f"{where} is not an object")
        _check_row(SECTIONS[section], where, row)
        yield row


def _check_row(kind: Kind, where: str, row: Row) -> None:
    for name in row:
        if name not in kind.members:
            raise WorldError(f"{where} has an unknown member {name!r}")
    for name, type_ in kind.members.items():
        if name not in row:
            if type_.endswith("!"):
                raise WorldError(f"{where} lacks {name!r}")
            continue
        if row[name] is None and not type_.endswith("!"):
            continue
        if not _CHECKS[type_.rstrip("!")](row[name]) or (type_.endswith("!") and not row[name]):
            raise WorldError(f"{where}.{name} is not a valid {type_.rstrip('!')}")
