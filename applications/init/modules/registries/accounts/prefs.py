"""What the screens keep of a user: one free JSON object each."""

from __future__ import annotations

import json
from typing import Any

from ..database import Database
from ..errors import BadRequest

MOST_BYTES = 65_535
"""Bytes of the object as JSON text."""


def read(db: Database, user_id: int) -> dict[str, Any]:
    """The object; an empty one where nothing is kept, or nothing that can be read."""
    rows = db.rows("SELECT prefs FROM user_prefs WHERE user_id = ?", user_id)
    try:
        found = json.loads(rows[0][0]) if rows else {}
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save(db: Database, user_id: int, prefs: dict[str, Any]) -> None:
    """Keep an object in place of the one before.

    :raises BadRequest: it is too large.
    """
    try:
        text = json.dumps(prefs)
    except ValueError:
        raise BadRequest("there is a number in it that can't be kept") from None
    if len(text) > MOST_BYTES:
        raise BadRequest(f"prefs have at most {MOST_BYTES} bytes")
    if db.rows("SELECT id FROM user_prefs WHERE user_id = ?", user_id):
        db.run("UPDATE user_prefs SET prefs = ? WHERE user_id = ?", text, user_id)
    else:
        db.insert("user_prefs", user_id=user_id, prefs=text)
