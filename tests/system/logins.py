"""People who log in everywhere: the token endpoint, REST, and the page that people sign in with."""

from __future__ import annotations

import base64
import json
import shutil
from typing import Any

import requests
from playwright.sync_api import expect, sync_playwright

from tests.system.rig import Collector, need

SERVICE = "registry.directory"
WORLD: dict[str, list[dict[str, Any]]] = {
    "groups": [{"id": 20, "role": "webdev"}, {"id": 21, "role": "handmade"}],
    "users": [
        {"id": 31, "username": "local", "email": "local@example.org", "password": "local-secret",
         "groups": ["webdev"]},
    ],
}


def world(port: int) -> dict[str, list[dict[str, Any]]]:
    """The world, with one registry on a port; everybody pushes to it and pulls."""
    registry = {
        "id": 51, "service": SERVICE, "url": f"http://127.0.0.1:{port}",
        "publications": ["Everybody"], "restricted": False,
    }
    return {**WORLD, "registries": [registry]}


def token(
    collector: Collector, login: str, password: str, scope: str = "", **more: str
) -> requests.Response:
    """Ask for a token as docker does."""
    wanted = {"service": SERVICE, "account": login, **({"scope": scope} if scope else {}), **more}
    return requests.get(
        f"{collector.url}/init/registry/token", params=wanted,
        auth=(login.encode(), password.encode()), timeout=30,
    )


def refresh(collector: Collector, identity: str) -> requests.Response:
    """Ask for a token with an identity token."""
    form = {"grant_type": "refresh_token", "refresh_token": identity, "service": SERVICE}
    return requests.post(f"{collector.url}/init/registry/token", data=form, timeout=30)


def access(answer: requests.Response) -> list[dict[str, Any]]:
    """What a token gives."""
    part = answer.json()["token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return list(claims["access"])


def rest(collector: Collector, path: str, **more: Any) -> requests.Response:
    """Ask the REST API."""
    return requests.get(f"{collector.url}/init/rest/api{path}", timeout=30, **more)


def sign_in(collector: Collector, login: str, password: str) -> tuple[requests.Response, Any]:
    """Sign in with a session: the answer, and its cookies."""
    answer = requests.post(
        f"{collector.url}/init/rest/api/session",
        json={"login": login, "password": password}, timeout=30,
    )
    return answer, answer.cookies


def in_browser(collector: Collector, login: str, password: str, name: str) -> None:
    """Sign in on the page, as people do; see one's name, and who checks the password."""
    program = shutil.which("chromium") or shutil.which("google-chrome") or need("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = chromium.new_page()
        page.goto(f"{collector.url}/init/default/user/login")
        page.get_by_label("E-mail address or username").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/user/login" not in url)
        expect(page.locator("#user")).to_contain_text(name)
        page.goto(f"{collector.url}/init/default/account")
        expect(page.get_by_text("Your password is checked by your organisation's")).to_be_visible()
        chromium.close()


def is_dark(collector: Collector, login: str, password: str) -> bool:
    """Tell whether no process gets an answer about somebody, or remembers one."""
    answers = [token(collector, login, password) for _ in range(8)]
    dark = {answer.status_code for answer in answers} == {503}
    return dark and all("does not answer" in answer.text for answer in answers)


def groups(collector: Collector, login: str) -> set[str]:
    """The names of somebody's groups, without those that everybody has."""
    rows = collector.rows(
        "SELECT g.role FROM auth_membership m JOIN auth_group g ON g.id = m.group_id"
        " JOIN auth_user u ON u.id = m.user_id WHERE u.username = ? OR u.email = ?", login, login,
    )
    return {role for (role,) in rows if role != "Everybody" and not role.startswith("user_")}


def reason(collector: Collector) -> tuple[str, str]:
    """Why the last login failed, and which back end said so."""
    entry = next(e for e in reversed(collector.audit()) if e["action"] == "docker.login.failed")
    return entry["reason"], entry.get("backend", "")
