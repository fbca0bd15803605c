"""Columns of registries, repositories, tags and groups (``collector-contract.md`` A.10).

Those that only this collector has are extra: given when they are asked for.
"""

from __future__ import annotations

from ..columns import Column, Kind
from ..listing import Resource
from ..routes import Member

REGISTRIES, REPOSITORIES, TAGS = "docker_registries", "docker_repositories", "docker_tags"


def _column(
    table: str, alias: str, name: str, kind: Kind, description: str, **more: bool
) -> Column:
    return Column(name, f"{alias}.{name}", kind, description, table, **more)


def _registry(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return _column(REGISTRIES, "g", name, kind, description, **more)


def _repository(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return _column(REPOSITORIES, "r", name, kind, description, **more)


def _repository_fact(name: str, kind: Kind, description: str) -> Column:
    return _column(REPOSITORIES, "rf", name, kind, description, extra=True)


def _tag(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return _column(TAGS, "t", name, kind, description, **more)


def _tag_fact(name: str, kind: Kind, description: str, **more: bool) -> Column:
    return _column(TAGS, "f", name, kind, description, extra=True, **more)


PLACEMENT = Member(
    "placement",
    "If true, a service is only good from a node that has an instance of it, and from an address"
    " of that node.",
    "boolean",
    extra=True,
)
REGISTRY = Resource(
    REGISTRIES,
    (
        _registry("id", Kind.ID, "The unique id of the registry.", unique=True),
        _registry(
            "service", Kind.TEXT, "The registry's auth.token.service.", writable=True, unique=True
        ),
        _registry(
            "url", Kind.TEXT, "Where the collector reaches the registry.", writable=True,
            unique=True,
        ),
        _registry(
            "insecure", Kind.BOOLEAN, "If true, its certificate is not checked.", writable=True
        ),
        _registry(
            "restricted", Kind.BOOLEAN, "If true, only responsible groups push to it.",
            writable=True,
        ),
        _registry("created", Kind.DATE, "When the registry was declared."),
        _registry("updated", Kind.DATE, "When its properties were last changed."),
        Column(
            PLACEMENT.name, "COALESCE(go.placement, 'F')", Kind.BOOLEAN, PLACEMENT.description,
            REGISTRIES, extra=True,
        ),
    ),
)
REPOSITORY = Resource(
    REPOSITORIES,
    (
        _repository("id", Kind.ID, "The unique id of the repository.", unique=True),
        _repository("registry_id", Kind.INTEGER, "The id of the registry it is in."),
        _repository("repository", Kind.TEXT, "The name of the repository.", lower=True),
        _repository("description", Kind.TEXT, "What it is for.", writable=True),
        _repository("stars", Kind.INTEGER, "How often it was pulled from.", writable=True),
        _repository("automated", Kind.BOOLEAN, "If true, a machine builds it.", writable=True),
        _repository("official", Kind.BOOLEAN, "If true, it is recommended.", writable=True),
        _repository("created", Kind.DATE, "When the collector first saw it."),
        _repository("updated", Kind.DATE, "When the collector last saw it."),
        _repository_fact("pushed_at", Kind.TIME, "When something was last pushed to it."),
        _repository_fact("pushed_by", Kind.TEXT, "Who last pushed to it."),
        _repository_fact("pulled_at", Kind.TIME, "When something was last pulled from it."),
        _repository_fact("pulled_by", Kind.TEXT, "Who last pulled from it."),
        _repository_fact("pulls", Kind.INTEGER, "Pulls that notifications told of."),
    ),
)
TAG = Resource(
    TAGS,
    (
        _tag("id", Kind.ID, "The unique id of the tag.", unique=True),
        _tag("registry_id", Kind.INTEGER, "The id of the registry it is in."),
        _tag("repository_id", Kind.INTEGER, "The id of the repository it is in."),
        _tag("name", Kind.TEXT, "The name of the tag."),
        _tag("config_digest", Kind.TEXT, "The digest of its configuration: the image id.",
             lower=True),
        _tag("config_size", Kind.INTEGER, "The size of its configuration in bytes."),
        _tag("created", Kind.DATE, "When the collector first saw it."),
        _tag("updated", Kind.DATE, "When the collector last saw it."),
        _tag_fact("digest", Kind.TEXT, "The digest of its manifest.", lower=True),
        _tag_fact("media_type", Kind.TEXT, "The media type of its manifest."),
        _tag_fact("size", Kind.INTEGER, "The sum of its layers in bytes."),
        _tag_fact("platforms", Kind.JSON, "Its platforms, where it has several."),
        _tag_fact("pushed_at", Kind.TIME, "When it was last pushed."),
        _tag_fact("pushed_by", Kind.TEXT, "Who last pushed it."),
        _tag_fact("pulled_at", Kind.TIME, "When it was last pulled."),
        _tag_fact("pulled_by", Kind.TEXT, "Who last pulled it."),
        _tag_fact("pulls", Kind.INTEGER, "Pulls that notifications told of."),
        # The collector's command line asks every list of tags for these.
        Column("tag_id", "t.id", Kind.ID, "Its id once more.", TAGS, extra=True),
        Column("tag_name", "t.name", Kind.TEXT, "Its name once more.", TAGS, extra=True),
    ),
)
GROUP = Resource(
    "auth_group",
    (
        Column("id", "a.id", Kind.ID, "The unique id of the group.", "auth_group", unique=True),
        Column("role", "a.role", Kind.TEXT, "The name of the group.", "auth_group", unique=True),
        Column("description", "a.description", Kind.TEXT, "What it is for.", "auth_group"),
        Column("privilege", "a.privilege", Kind.BOOLEAN, "If true, it is a privilege.",
               "auth_group"),
    ),
)
