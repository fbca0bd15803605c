"""Tags: seeing them."""

from __future__ import annotations

from ...catalog import places as catalog
from .. import listing
from ..asked import LINE_PARAMS, LIST_PARAMS
from ..call import Answer, Call
from ..conditions import Condition
from ..routes import Route
from . import places, sight
from .objects import TAG


def list_tags(call: Call) -> Answer:
    """All tags of the repositories that the caller may pull from or push to."""
    return listing.listing(call, TAG, sight.tags(call))


def one_tag(call: Call) -> Answer:
    """One tag, or nothing."""
    id_ = call.id()
    condition = Condition("t.id = ?", (id_ if _sees(call, id_) else -1,))
    return listing.line(call, TAG, sight.all_tags(condition))


def _sees(call: Call, tag_id: int) -> bool:
    if call.is_manager:
        return True
    tag = catalog.tag(call.db, tag_id)
    return tag is not None and places.seen(call, tag.repository_id) is not None


ROUTES = (
    Route(
        "GET", "/docker/tags", list_tags,
        ("List the tags of the docker repositories that you may pull from or push to.",),
        LIST_PARAMS, shape=TAG.columns, many=True,
        examples=(
            "# curl -u %(email)s"
            " 'https://%(collector)s/init/rest/api/docker/tags?filters=repository_id+41'",
        ),
    ),
    Route(
        "GET", "/docker/tags/<id>", one_tag,
        ("Show a tag of a docker repository.",),
        LINE_PARAMS, shape=TAG.columns,
    ),
)
