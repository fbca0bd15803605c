"""New accounts and memberships are stored as the collector's own code stores them."""

from __future__ import annotations

from typing import Any

import pytest

from applications.init.modules.registries.accounts import creation
from tests.home import Home


def _stored(home: Home, user_id: int) -> dict[str, Any]:
    row = dict(home.db.dal.auth_user[user_id].as_dict())
    return {name: value for name, value in row.items() if name not in ("id", "email", "username")}


@pytest.mark.parametrize("more", [
    {}, {"lock_filter": True, "im_notifications": False, "quota_app": 3},
    {"first_name": "Zoë", "email_log_level": "error"},
])
def test_an_account_is_as_the_dal_would_store_it(home: Home, more: dict[str, Any]) -> None:
    """All columns have the collector's defaults, and what is given in their place."""
    with home.db.transaction(write=True):
        quota = home.settings.default_quota
        same = int(home.db.dal.auth_user.insert(
            email="a@example.org", quota_docker_registries=quota, **more
        ))
        made = creation.create_user(
            home.db, home.settings, None, email="b@example.org", username="b", **more
        )
        assert _stored(home, made) == _stored(home, same)
        booleans = "SELECT email_notifications, im_notifications, lock_filter FROM auth_user"
        assert home.db.rows(f"{booleans} WHERE id = ?", made) == home.db.rows(
            f"{booleans} WHERE id = ?", same
        )


def test_memberships(home: Home) -> None:
    """To join twice is to join once, and one group is the primary one."""
    with home.db.transaction(write=True):
        user = creation.create_user(home.db, home.settings, None, email="c@example.org")
        first, second = (home.db.insert("auth_group", role=r, privilege="F") for r in "xy")
        creation.join(home.db, user, first, primary=True)
        creation.join(home.db, user, second)
        creation.join(home.db, user, second, primary=True)
        rows = home.db.rows(
            "SELECT group_id, primary_group FROM auth_membership"
            " WHERE user_id = ? AND group_id IN (?, ?) ORDER BY group_id", user, first, second
        )
    assert rows == [(first, "F"), (second, "T")]
