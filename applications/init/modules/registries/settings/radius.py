"""Settings of the RADIUS back end."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import StartupError
from .reading import Mapped, count, mapped, setting, text, words


@dataclass(frozen=True)
class RadiusSettings:
    """Where the servers are, and what they are asked."""

    servers: tuple[str, ...] = setting(
        "COLLECTOR_RADIUS_SERVER",
        "hosts or host:port (1812); the next one is asked when one does not answer",
        (),
        words,
    )
    secret: str = setting(
        "COLLECTOR_RADIUS_SECRET", "shared with the servers", "", str, secret=True
    )
    realm: str = setting(
        "COLLECTOR_RADIUS_REALM", "put behind login names that have none, after an @", "", text
    )
    nas_identifier: str = setting(
        "COLLECTOR_RADIUS_NAS_IDENTIFIER", "how we call ourselves", "opensvc-collector", text
    )
    group_attribute: str = setting(
        "COLLECTOR_RADIUS_GROUP_ATTRIBUTE",
        "attribute of an answer that names groups: Class, Filter-Id or a number; none when not set",
        "",
        text,
    )
    group_mapping: Mapped = setting(
        "COLLECTOR_RADIUS_GROUP_MAPPING",
        "its values, each with the groups here that it means: a dictionary, or JSON",
        (),
        mapped,
    )
    seconds: int = setting(
        "COLLECTOR_RADIUS_SECONDS", "how long one login may wait for all servers together", 8, count
    )
    days: int = setting(
        "COLLECTOR_RADIUS_DAYS",
        "days that tokens of somebody stay good without a login by password: RADIUS tells nothing"
        " without one",
        7,
        count,
    )

    def require_usable(self) -> None:
        """Check what the back end can't do without.

        :raises StartupError: it is not there; the message says what.
        """
        for name, value in (
            ("COLLECTOR_RADIUS_SERVER", self.servers),
            ("COLLECTOR_RADIUS_SECRET", self.secret),
        ):
            if not value:
                raise StartupError(f"{name} is not set, and people log in with radius")
