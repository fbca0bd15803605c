"""How settings are read: from the environment, then the collector's own ``config.py``.

Each field names its environment variable and, where the collector's own
configuration file has a name for it, that name too; the environment wins.
"""

from __future__ import annotations

import dataclasses
import importlib
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar, Union

from ..errors import StartupError

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Mapped = tuple[tuple[str, tuple[str, ...]], ...]
"""Names of groups elsewhere, each with the groups here that it means."""

CONFIG_MODULE = "applications.init.modules.config"
ALGORITHMS = ("ES256", "RS256", "EdDSA")

Part = TypeVar("Part")

_SOMEBODYS = re.compile(r"user_[0-9]+", re.IGNORECASE | re.ASCII)


def text(value: Any) -> str:
    """A text without blanks around it."""
    return str(value).strip()


def path(value: Any) -> Path | None:
    """An absolute path, or None."""
    given = text(value)
    return Path(given).expanduser().absolute() if given else None


def flag(value: Any) -> bool:
    """Yes or no, in the words people use."""
    given = text(value).lower()
    if given in ("1", "t", "true", "yes", "on"):
        return True
    if given in ("", "0", "f", "false", "no", "off", "none"):
        return False
    raise ValueError("neither yes nor no")


def count(value: Any) -> int:
    """A whole number of 0 or more."""
    number = int(text(value))
    if number < 0:
        raise ValueError("negative")
    return number


def event_days(value: Any) -> int:
    """Days; at least a week."""
    # Repeated and late events are known by the ones that are kept.
    if count(value) < 7:
        raise ValueError("less than 7")
    return count(value)


def optional_count(value: Any) -> int | None:
    """A count, or none."""
    return None if value is None or text(value).lower() in ("", "none") else count(value)


def words(value: Any) -> tuple[str, ...]:
    """A list, or words between commas."""
    items = value.split(",") if isinstance(value, str) else value or ()
    return tuple(word for word in (text(item) for item in items) if word)


def networks(value: Any) -> tuple[Network, ...]:
    """Networks, or addresses."""
    return tuple(ipaddress.ip_network(word, strict=False) for word in words(value))


def one_of(*known: str) -> Callable[[Any], str]:
    """A parser of one of these words."""

    def parse(value: Any) -> str:
        given = text(value)
        if given not in known:
            raise ValueError(f"not one of {', '.join(known)}")
        return given

    return parse


def some_of(*known: str) -> Callable[[Any], tuple[str, ...]]:
    """A parser of a list of these words, each once."""

    def parse(value: Any) -> tuple[str, ...]:
        given = words(value)
        for word in given:
            if word not in known:
                raise ValueError(f"{word!r} is not one of {', '.join(known)}")
        if len(set(given)) < len(given):
            raise ValueError("a word is given twice")
        return given

    return parse


def base_url(value: Any) -> str:
    """An http or https URL, without a slash at its end."""
    given = text(value).rstrip("/")
    if not given.startswith(("http://", "https://")):
        raise ValueError("not an http or https URL")
    return given


def mapped(value: Any) -> Mapped:
    """A dictionary of names to a name or a list of them, or JSON of one."""
    given = json.loads(value or "{}") if isinstance(value, str) else value or {}
    if not isinstance(given, Mapping):
        raise ValueError("not a dictionary")
    found = []
    for name, wanted in given.items():
        several = [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(several, (list, tuple)) or not all(isinstance(w, str) for w in several):
            raise ValueError(f"what {name!r} means is no list of names")
        found.append((text(name), tuple(_role(one) for one in several if one.strip())))
    return tuple(found)


def _role(value: str) -> str:
    """The name of a group that people of a back end may be put into."""
    role = value.strip()
    if len(role) > 255 or not role.isprintable():
        raise ValueError(f"{role[:64]!r} is no name of a group")
    if _SOMEBODYS.fullmatch(role):
        raise ValueError(f"{role!r} is one user's own group: nobody else joins that")
    return role


def setting(
    env: str,
    help: str,
    default: Any,
    parse: Callable[[Any], Any] = text,
    config: str | None = None,
    secret: bool = False,
) -> Any:
    """A field of settings; see the module."""
    metadata = {"env": env, "config": config, "help": help, "parse": parse}
    return field(default=default, metadata=metadata, repr=not secret)


def read(part: type[Part], environ: Mapping[str, str], config: object, **parts: Any) -> Part:
    """Read one dataclass of settings.

    :param parts: those of its fields that are no settings.
    :raises StartupError: a value that can't be understood, named with its variable.
    """
    values = {}
    for item in fields(part):
        raw = _raw(item.metadata, environ, config)
        if raw is not None:
            values[item.name] = _parse(item.metadata, raw)
    return part(**values, **parts)


def fields(part: type[Any]) -> Iterator[dataclasses.Field[Any]]:
    """The settings among the fields of a dataclass."""
    return (item for item in dataclasses.fields(part) if item.metadata)


def config_module() -> object:
    """The collector's own configuration module, where there is one.

    :raises StartupError: there is one that can't be read.
    """
    try:
        return importlib.import_module(CONFIG_MODULE)
    except ModuleNotFoundError as error:
        if error.name != CONFIG_MODULE:
            raise StartupError(f"config.py needs {error.name}, which is not installed") from None
        return object()
    except Exception as error:
        raise StartupError(f"config.py can't be read: {type(error).__name__}") from None


def _raw(meta: Mapping[str, Any], environ: Mapping[str, str], config: object) -> Any:
    if environ.get(meta["env"], "") != "":
        return environ[meta["env"]]
    return getattr(config, meta["config"], None) if meta["config"] else None


def _parse(meta: Mapping[str, Any], raw: Any) -> Any:
    try:
        return meta["parse"](raw)
    except (TypeError, ValueError) as error:
        name = meta["env"] if meta["config"] is None else f"{meta['env']} ({meta['config']})"
        raise StartupError(f"{name} can't be understood: {error}") from None
