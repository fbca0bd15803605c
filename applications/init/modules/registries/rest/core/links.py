"""Links to a screen with its parameters (``collector-contract.md`` A.15, C.9)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from ... import dates
from ...errors import BadRequest, Denied
from ...remote import BadAnswer, safe_json
from .. import given, listing
from ..asked import LINE_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import Condition
from ..listing import Resource, Source
from ..routes import Member, Route

FUNCTIONS = frozenset((
    "table_registries", "table_registries_repo", "table_registries_registry",
    "docker_registry_tabs", "docker_registry_properties", "docker_registry_tags",
    "docker_repository_tabs", "docker_repository_properties", "docker_repository_tags",
    "table_resources_info", "table_logs",
))
"""Functions of the screens that a link may call."""

MAX_PARAMETERS, MAX_ARGUMENTS = 16_384, 4096
_MD5 = re.compile(r"[0-9a-f]{32}", re.ASCII)


def _column(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"k.{name}", kind, description, "links")


LINK = Resource(
    "links",
    (
        _column("id", Kind.ID, "The unique id of the link."),
        _column("link_function", Kind.TEXT, "The function of the screens that shows it."),
        _column("link_parameters", Kind.TEXT, "Its parameters, as JSON text."),
        _column("link_title", Kind.TEXT, "The key of its title."),
        _column("link_title_args", Kind.TEXT, "What goes into the title, as JSON text."),
        _column("link_md5", Kind.TEXT, "Its identifier."),
        _column("link_creation_user_id", Kind.INTEGER, "Who made it."),
        _column("link_creation_date", Kind.DATE, "When it was made."),
    ),
)


def create(call: Call) -> Answer:
    """Keep a link; the same one of the same user is kept once.

    :raises BadRequest: a function that screens don't have, or parameters that are too long.
    :raises Denied: the caller is no user.
    """
    given.only(call.body, "fn", "title", "title_args", "param")
    if call.principal.id is None:
        raise Denied("only people make links")
    function = given.named(call, "fn")
    if function not in FUNCTIONS:
        raise BadRequest(f"there is no function {function[:64]!r} to link to")
    values = {
        "link_function": function,
        "link_title": given.text(call.body.get("title") or "", "title"),
        "link_title_args": _json(call.body.get("title_args"), "title_args", MAX_ARGUMENTS),
        "link_parameters": _json(call.body.get("param"), "param", MAX_PARAMETERS),
        "link_creation_user_id": call.principal.id,
    }
    # An identifier, no secret and no signature: what a link shows is asked for by its reader.
    text = json.dumps(values, sort_keys=True).encode()
    md5 = hashlib.md5(text, usedforsecurity=False).hexdigest()
    if not call.db.rows("SELECT id FROM links WHERE link_md5 = ?", md5):
        moment = dates.local(call.now)
        call.db.insert(
            "links", link_md5=md5, link_creation_date=moment,
            link_last_consultation_date=moment, link_access_counter=0, **values,
        )
    return {"link_id": md5, "data": {"link_id": md5}}


def one_link(call: Call) -> Answer:
    """One link, or nothing."""
    md5 = call.args["id"].lower()
    if not _MD5.fullmatch(md5):
        raise BadRequest("a link is named by 32 hexadecimal digits")
    return listing.line(call, LINK, Source("links k", Condition("k.link_md5 = ?", (md5,))))


def _json(value: Any, name: str, most: int) -> str:
    """A JSON value as text; a form sends it as such already."""
    if isinstance(value, str):
        value = _loaded(value, name)
    if value is not None and not isinstance(value, (dict, list)):
        raise BadRequest(f"{name} is a JSON object or array")
    text = json.dumps({} if value is None else value, sort_keys=True)
    if len(text) > most:
        raise BadRequest(f"{name} has more than {most} characters")
    return text


def _loaded(text: str, name: str) -> Any:
    try:
        return safe_json.loads(text.encode()) if text.strip() else None
    except BadAnswer:
        raise BadRequest(f"{name} is no JSON") from None


ROUTES = (
    Route(
        "POST", "/links", create,
        ("Keep a link to a screen with its parameters; the answer has its link_id.",
         "Whoever opens it sees what it may see itself."),
        members=(
            Member("fn", "The function of the screens that shows it: one of "
                   + ", ".join(sorted(FUNCTIONS)) + ".", required=True),
            Member("title", "The key of its title."),
            Member("title_args", "What goes into the title.", "json"),
            Member("param", "The parameters of the function.", "json"),
        ),
    ),
    Route(
        "GET", "/links/<id>", one_link, ("Show a link, by its link_id.",),
        LINE_PARAMS, shape=LINK.columns,
    ),
)
