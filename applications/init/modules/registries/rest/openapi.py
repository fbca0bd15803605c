"""The API's description of itself as an OpenAPI 3.1 document, of the same declarations.

Source: https://spec.openapis.org/oas/v3.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from .. import __version__
from . import schemas
from .asked import LIST_PARAMS
from .call import Answer, Call
from .describe import family, sentence
from .routes import Route
from .schemas import Schema

PATH = "/openapi.json"
_JSON = "application/json"
_ABOUT = (
    "The REST API of an OpenSVC collector for docker registries. Every refusal has its real"
    " status, and an object with ret and error. Unless told otherwise a body may be an array"
    " of objects: each is handled by itself, and the answer has arrays of data, info and error."
)
_REFUSALS = {
    400: "The request can't be understood; the error says where.",
    401: "Nobody, or wrong credentials.",
    403: "You may not; the error says what is missing.",
    404: "There is no such object, or none that you may see.",
    409: "It contradicts what is stored.",
    413: "The body is too large.",
    429: "Too many failed logins; Retry-After has the seconds.",
    500: "Something went wrong; the error has the id of its line in the log.",
    502: "The docker registry refused, or can't be understood.",
    503: "The database, the audit log or a docker registry does not answer now.",
}
_OF_SERVER = {
    414: "The address is too long.",
    431: "The headers are too many, or too long.",
}
"""Refusals that come before the API is reached; they have another form."""

_OF_ALL = (400, 401, 403, 404, 429, 500, 503)
_SECURITY = {
    "basic": {
        "type": "http", "scheme": "basic",
        "description": "A user's e-mail or username and password; service@node or a node's name"
                       " with the node's uuid.",
    },
    "bearer": {
        "type": "http", "scheme": "bearer",
        "description": "A token made with POST /users/self/tokens.",
    },
    "session": {
        "type": "apiKey", "in": "cookie", "name": "osvc_session",
        "description": "What POST /session sets.",
    },
}


def route(routes: Callable[[], Sequence[Route]]) -> Route:
    """The route that answers with the document.

    :param routes: gives all routes of the API, this one as well.
    """

    @lru_cache(maxsize=1)
    def made() -> Schema:
        return document(routes())

    def handler(call: Call) -> Answer:
        return dict(made())

    return Route("GET", PATH, handler, ("Describe this API as an OpenAPI 3.1 document.",))


def document(routes: Sequence[Route]) -> Schema:
    """The OpenAPI document of some routes."""
    rows = _Rows()
    paths: dict[str, Schema] = {}
    for one in routes:
        path = re.sub(r"<(\w+)>", r"{\1}", one.path)
        paths.setdefault(path, {})[one.method.lower()] = _operation(one, rows)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Docker registries", "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/init/rest/api"}],
        "tags": [{"name": name} for name in dict.fromkeys(map(family, routes))],
        "paths": paths,
        "security": [{name: []} for name in _SECURITY],
        "components": {
            "securitySchemes": _SECURITY,
            "parameters": {param.name: schemas.parameter(param) for param in LIST_PARAMS},
            "responses": {str(status): _refusal(status) for status in _REFUSALS},
            "schemas": {**rows.named, "error": schemas.ERROR, "meta": schemas.META},
        },
    }


class _Rows:
    """The shapes of rows, each with one name."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}

    def name(self, one: Route) -> Schema | None:
        """A reference to the shape of a route's rows."""
        if not one.shape:
            return None
        schema, name = schemas.row(one.shape), one.shape[0].table
        number = 1
        while self.named.setdefault(name, schema) != schema:
            number += 1
            name = f"{one.shape[0].table}_{number}"
        return {"$ref": f"#/components/schemas/{name}"}


def _operation(one: Route, rows: _Rows) -> Schema:
    words = re.findall(r"\w+", one.path)
    found: Schema = {
        "operationId": "_".join([one.method.lower(), *words]),
        "summary": one.description[0],
        "description": sentence(one),
        "tags": [family(one)],
        "parameters": [*map(_of_path, one.names), *_of_query(one)],
        "responses": _responses(one, rows),
    }
    body = schemas.body(one) if one.method != "GET" else None
    if body is not None:
        found["requestBody"] = body
    if one.open:
        found["security"] = [{}, {"basic": []}]
    return found


def _of_path(name: str) -> Schema:
    return {
        "name": name, "in": "path", "required": True,
        "description": "An id, or a name where one is taken; / in it is written (slash).",
        "schema": {"type": "string", "pattern": schemas.SEGMENT},
    }


def _of_query(one: Route) -> list[Schema]:
    known = {id(param) for param in LIST_PARAMS}
    return [
        {"$ref": f"#/components/parameters/{param.name}"}
        if id(param) in known else schemas.parameter(param)
        for param in one.params
    ]


def _responses(one: Route, rows: _Rows) -> Schema:
    content = {_JSON: {"schema": schemas.answer(one, rows.name(one))}}
    statuses = [*_OF_ALL, *((409, 413) if one.method != "GET" else ()),
                *((502,) if one.alone else ())]
    return {
        "200": {"description": "Done.", "content": content},
        **{str(s): {"$ref": f"#/components/responses/{s}"} for s in sorted(statuses)},
        **{str(s): {"description": text} for s, text in _OF_SERVER.items()},
    }


def _refusal(status: int) -> Schema:
    schema = {"$ref": "#/components/schemas/error"}
    found: Schema = {
        "description": _REFUSALS[status], "content": {_JSON: {"schema": schema}}
    }
    headers = {401: "WWW-Authenticate", 429: "Retry-After"}
    if status in headers:
        found["headers"] = {headers[status]: {"schema": {"type": "string"}}}
    return found
