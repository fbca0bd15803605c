"""The privilege groups that this policy knows, by the name of their group."""

from __future__ import annotations

MANAGER = "Manager"
REGISTRIES_MANAGER = "DockerRegistriesManager"
REGISTRIES_PUSHER = "DockerRegistriesPusher"
REGISTRIES_PULLER = "DockerRegistriesPuller"

ALL_PRIVILEGES = (MANAGER, REGISTRIES_MANAGER, REGISTRIES_PUSHER, REGISTRIES_PULLER)
