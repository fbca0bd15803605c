"""What services tell of their resources, and which of them run an image.

Agents before version 2 report images as ``docker_image_id``, later ones as
``image_id``; ids come with or without ``sha256:``.  Filters on these columns
mean both (``collector-contract.md`` E73, C.7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ...catalog import images
from ...catalog import places as catalog
from ...errors import NotFound
from .. import filters, listing
from ..asked import LIST_PARAMS
from ..call import Answer, Call
from ..columns import Column, Kind
from ..conditions import ALWAYS, Condition, all_of, one_of
from ..docker import places
from ..listing import Resource, Source
from ..routes import Route
from . import hosts

KEYS = ("docker_image_id", "image_id")
_PREFIX = "sha256:"
_ALONE = re.compile(r'(!*)=?"?([A-Za-z0-9_:]+)"?')
_LIST = re.compile(r"(!*)\(([A-Za-z0-9_:, ]*)\)")
_DIGEST = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{6,64})", re.ASCII)
_BEGIN = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{6,64})%", re.ASCII)


def _column(name: str, kind: Kind, description: str) -> Column:
    return Column(name, f"i.{name}", kind, description, "resinfo")


RESINFO = Resource(
    "resinfo",
    (
        _column("id", Kind.ID, "The unique id of the row."),
        _column("svc_id", Kind.TEXT, "The unique id of the service."),
        Column("svcname", "s.svcname", Kind.TEXT, "The name of the service.", "services"),
        _column("node_id", Kind.TEXT, "The unique id of the node."),
        Column("nodename", "n.nodename", Kind.TEXT, "The name of the node.", "nodes"),
        _column("rid", Kind.TEXT, "The resource, such as container#1; empty for the service."),
        _column("res_key", Kind.TEXT, "What is told, such as image_id."),
        _column("res_value", Kind.TEXT, "What is told of it."),
        _column("topology", Kind.TEXT, "Failover or flex."),
        _column("updated", Kind.DATE, "When it was told."),
    ),
)


def list_all(call: Call) -> Answer:
    """What all services that the caller sees tell."""
    return _listing(call, ALWAYS)


def of_service(call: Call) -> Answer:
    """What one service tells."""
    svc_id = hosts.required_service(call, call.args["id"])
    return _listing(call, Condition("i.svc_id = ?", (svc_id,)))


def of_tag(call: Call) -> Answer:
    """Which services, of those that the caller sees, run the image of a tag.

    :raises NotFound: there is no such tag, or none that the caller sees.
    """
    id_ = call.id()
    tag = catalog.tag(call.db, id_)
    if tag is None or places.seen(call, tag.repository_id) is None:
        raise NotFound(f"there is no docker tag {id_}")
    return _listing(call, _running(images.of_tag(call.db, id_)))


def alike(entry: str) -> str:
    """An entry of ``filters`` that means all the ways in which agents name images.

    :raises BadRequest: there is no column in it.
    """
    name, expression = filters.split(entry)
    column = RESINFO.by_name.get(name)
    if column is None or column.name not in _ALIKE:
        return entry
    return f"{name} {_both(expression.strip(), column.name)}"


def image_ids(expression: str) -> str:
    """A filter expression that finds an image id with and without ``sha256:``."""
    return _both(expression.strip(), "res_value")


def _both(expression: str, name: str) -> str:
    begin = _BEGIN.fullmatch(expression)
    if name == "res_value" and begin:
        return f"{begin[1]}%|{_PREFIX}{begin[1]}%"
    found = _ALONE.fullmatch(expression) or _LIST.fullmatch(expression)
    if not found:
        return expression
    words = [word.strip() for word in found[2].split(",")]
    both = list(dict.fromkeys(other for word in words for other in _ALIKE[name](word)))
    return expression if both == words else f"{found[1]}({','.join(both)})"


def _keys(word: str) -> Iterable[str]:
    return KEYS if word.lower() in KEYS else (word,)


def _values(word: str) -> Iterable[str]:
    found = _DIGEST.fullmatch(word)
    return (found[1], _PREFIX + found[1]) if found else (word,)


_ALIKE = {"res_key": _keys, "res_value": _values}


def visible(call: Call, condition: Condition = ALWAYS) -> Source:
    """What the services that the caller sees tell; the rows are ``i``."""
    return Source(
        "resinfo i JOIN services s ON s.svc_id = i.svc_id"
        " LEFT JOIN nodes n ON n.node_id = i.node_id",
        all_of([hosts.of_apps(call, "s.svc_app"), condition]),
    )


def _listing(call: Call, condition: Condition) -> Answer:
    query = {
        name: [alike(entry) for entry in entries] if name in ("filters", "filters[]") else entries
        for name, entries in call.query.items()
    }
    return listing.listing(replace(call, query=query), RESINFO, visible(call, condition))


def _running(ids: Iterable[str]) -> Condition:
    values = sorted({other for id_ in ids for other in _values(id_)})
    return all_of([one_of("i.res_key", KEYS), one_of("i.res_value", values)])


_BOTH = (
    "A filter on res_key for image_id or docker_image_id finds both, and one on res_value"
    " for an image id finds it with and without sha256: before it."
)
ROUTES = (
    Route(
        "GET", "/resources_info", list_all,
        ("List what services tell of their resources.", _BOTH),
        LIST_PARAMS, shape=RESINFO.columns, many=True,
        examples=(
            "# curl -u %(email)s 'https://%(collector)s/init/rest/api/resources_info"
            "?filters=res_key+image_id&filters=res_value+sha256:9b0c...'",
        ),
    ),
    Route(
        "GET", "/services/<id>/resinfo", of_service,
        ("List what a service tells of its resources.", _BOTH),
        LIST_PARAMS, shape=RESINFO.columns, many=True,
    ),
    Route(
        "GET", "/docker/tags/<id>/resources", of_tag,
        ("List the resources of services that run the image of a docker tag.",
         "All platforms of the tag count."),
        LIST_PARAMS, shape=RESINFO.columns, many=True,
    ),
)
