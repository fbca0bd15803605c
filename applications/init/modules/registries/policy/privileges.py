"""The privilege groups that this policy knows, by the name of their group."""

from __future__ import annotations

MANAGER = "Manager"
REGISTRIES_MANAGER = "DockerRegistriesManager"
REGISTRIES_PUSHER = "DockerRegistriesPusher"
REGISTRIES_PULLER = "DockerRegistriesPuller"

ALL_PRIVILEGES = (MANAGER, REGISTRIES_MANAGER, REGISTRIES_PUSHER, REGISTRIES_PULLER)
"""Those that decide about registries and what is in them."""

USER_MANAGER = "UserManager"
GROUP_MANAGER = "GroupManager"
SELF_MANAGER = "SelfManager"
QUOTA_MANAGER = "QuotaManager"
APP_MANAGER = "AppManager"
NODE_MANAGER = "NodeManager"

ADMINISTRATION = (
    USER_MANAGER, GROUP_MANAGER, SELF_MANAGER, QUOTA_MANAGER, APP_MANAGER, NODE_MANAGER
)
"""Those of the REST API alone; no token depends on them."""
