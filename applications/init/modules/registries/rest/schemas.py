"""JSON Schemas of what the API takes and gives, made of the declared columns and members.

Source: OpenAPI 3.1 (JSON Schema 2020-12).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .columns import Column, Kind
from .routes import Member, Param, Route

Schema = dict[str, Any]

SEGMENT = "^[A-Za-z0-9_$#:=% ><@.(){},*-]+$"
"""What stands for a parameter in a path."""

_KINDS: dict[str, Schema] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "id": {"type": "integer"},
    "string": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string"}},
    "json": {},
}
_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_CHOOSING = {
    "filters": {**_TEXTS, "description": "A filter of the rows to act on, or several."},
    "query": {"type": "string", "description": "Or conditions in words."},
}

ERROR: Schema = {
    "type": "object",
    "required": ["ret", "error"],
    "properties": {
        "ret": {"type": "integer", "description": "The status, again."},
        "error": {"type": "string", "description": "What is wrong, in words."},
    },
}
META: Schema = {
    "type": "object",
    "properties": {
        "included_props": {"type": "array", "items": {"type": "string"}},
        "available_props": {"type": "array", "items": {"type": "string"}},
        "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
        "offset": {"type": "integer"},
        "limit": {"type": "integer"},
        "total": {"type": "integer"},
        "count": {"type": "integer"},
        "server_timezone": {"type": "string"},
        "distinct": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}


def row(columns: Iterable[Column]) -> Schema:
    """A row of an answer.

    Members may be missing or have other names, as ``props`` says; and what is
    unknown is null.
    """
    return {"type": "object", "properties": {c.name: _shown(c) for c in columns}}


def _shown(column: Column) -> Schema:
    schema = dict(_KINDS.get(column.kind.value, {"type": "string"}))
    if "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return {**schema, "description": column.description}


def answer(route: Route, rows: Schema | None) -> Schema:
    """What a route answers with status 200.

    :param rows: a row of its shape, if it has one.
    """
    if route.method != "GET":
        return _done(rows)
    if rows is None:
        return {"type": "object"}
    some = {"type": "array", "items": rows}
    if not route.many:
        return {"type": "object", "required": ["data"], "properties": {"data": some}}
    other = [{"type": "array", "items": {"type": "array"}}, {"type": "object"}]
    data = {"anyOf": [some, *other], "description": "Rows; a table or counts where asked for."}
    meta = {"$ref": "#/components/schemas/meta"}
    return {"type": "object", "required": ["data"], "properties": {"data": data, "meta": meta}}


def _done(rows: Schema | None) -> Schema:
    properties: Schema = {
        "info": {**_TEXTS, "description": "What was done, in words."},
        "error": {**_TEXTS, "description": "What went wrong with items of an array."},
    }
    if rows is not None:
        properties["data"] = {"type": "array", "items": rows}
    return {"type": "object", "properties": properties}


def parameter(param: Param) -> Schema:
    """A parameter of the URL."""
    schema = _KINDS["list"] if param.many else _KINDS[param.kind]
    if param.kind == "integer":
        schema = {**schema, "minimum": 0}
    found = {"name": param.name, "in": "query", "description": param.description, "schema": schema}
    return {**found, "explode": True} if param.many else found


def body(route: Route) -> Schema | None:
    """What a route takes as its body; None where it takes none."""
    item = _item(route)
    if not item["properties"]:
        return None
    one = {"schema": item}
    several = {"type": "array", "items": item, "maxItems": 1000}
    document = one if route.open else {"schema": {"anyOf": [item, several]}}
    content = {
        "application/json": document,
        "application/x-www-form-urlencoded": one,
        "multipart/form-data": one,
    }
    return {"required": bool(item.get("required")), "content": content}


def _item(route: Route) -> Schema:
    columns = {c.name: _written(c) for c in route.columns if c.writable}
    members = {member.name: _member(member) for member in route.members}
    chosen = route.rows is not None
    item: Schema = {
        "type": "object",
        "properties": {**members, **columns, **(_CHOOSING if chosen else {})},
        "additionalProperties": False,
    }
    required = [member.name for member in route.members if member.required]
    # Filters stand in for them.
    return {**item, "required": required} if required and not chosen else item


def _written(column: Column) -> Schema:
    kind = "string" if column.kind in (Kind.DATE, Kind.TIME) else column.kind.value
    return {**_KINDS[kind], "description": column.description}


def _member(member: Member) -> Schema:
    return {**_KINDS[member.kind], "description": member.description}
