"""The images of a tag, by the ids that hosts know them by: digests of configurations."""

from __future__ import annotations

import json

from ..database import Database


def of_tag(db: Database, tag_id: int) -> set[str]:
    """The ids, with ``sha256:``, of a tag's image and of those of its platforms."""
    rows = db.rows(
        "SELECT t.config_digest, f.platforms FROM docker_tags t"
        " LEFT JOIN registry_tags f ON f.tag_id = t.id WHERE t.id = ?",
        tag_id,
    )
    found = {str(row[0] or "") for row in rows}
    for row in rows:
        found.update(_of_platforms(str(row[1] or "[]")))
    return found - {""}


def _of_platforms(text: str) -> set[str]:
    try:
        parts = json.loads(text)
    except ValueError:
        return set()
    if not isinstance(parts, list):
        return set()
    return {str(part.get("config_digest") or "") for part in parts if isinstance(part, dict)}
