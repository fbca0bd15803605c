"""Texts of others stay texts: markup, quotes, right-to-left, emoji, length; everywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.site import Gui
from tests.browser.visitors import Visitors

MARKUP = (
    """<img src=x onerror=alert(1)><script>alert(2)</script>"' onmouseover='alert(3)"""
    """ ${7*7} {{7*7}} &lt;b&gt; </textarea><svg/onload=alert(4)>"""
)
RTL = "\u202egnp.exe\u202c \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd"
EMOJI = "\U0001f469\u200d\U0001f4bb \U0001f3f4\u200d\u2620\ufe0f \u0301\u0302\u0303 \ufeff"
LONG = "W" * 255
TEXTS = {"markup": MARKUP, "right-to-left": RTL, "emoji": EMOJI, "long": LONG}
REGISTRIES = "/init/registry/registries"


@pytest.fixture(params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    """A text that somebody wrote who means no good, or only speaks another language."""
    return TEXTS[request.param]


@pytest.fixture
def place(gui: Gui, text: str) -> dict[str, Any]:
    """A registry with a repository and a tag that are named so, and described so."""
    registry = gui.insert(
        "docker_registries", service=f"{gui.unique('s')} {text}"[:128], insecure="F",
        url=f"javascript:alert({gui.unique('u')})//{text}"[:255], restricted="F",
    )
    gui.announce("docker_registries")
    for table in ("publications", "responsibles"):
        gui.insert(
            f"docker_registries_{table}", dates=(), registry_id=registry,
            group_id=gui.group("Platform-Team"),
        )
    name = f"{gui.unique('r')}/{text}"[:255]
    repository = gui.make_repository(registry, name, description=text[:255])
    gui.make_tag(repository["id"], text[:128], pushed_by=text, pushed_at=1.7e9)
    service = gui.rows("SELECT service FROM docker_registries WHERE id = ?", registry)[0][0]
    return {"registry": registry, "service": service, "repository": repository, "name": name}


def harmless(page: Page) -> None:
    """Nothing became markup, nothing leads to a script, nothing sticks out of the window."""
    made = "img[src=x], script:not([src]), [onerror], [onload], [onmouseover], svg[onload]"
    expect(page.locator(made)).to_have_count(0)
    expect(page.locator('a[href^="javascript"], form[action^="javascript"]')).to_have_count(0)
    assert axe.too_wide(page) == ""


def shown(page: Page, text: str) -> None:
    """The text stands somewhere, to the letter."""
    page.wait_for_function(
        """(text) => {
            const flat = (one) => one.replace(/\\s+/g, " ");
            return flat(document.body.textContent).includes(flat(text));
        }""",
        arg=text,
    )


@pytest.mark.parametrize("width", [1300, 390])
def test_table(signed_in: Visitors, place: dict[str, Any], text: str, width: int) -> None:
    """In the table, its values, its menu of actions and the question before a deletion."""
    page = signed_in("root", width=width)
    page.goto(f"{REGISTRIES}?registries_f_registry_id={place['registry']}")
    for one in (place["service"], place["name"], text[:128]):
        shown(page.locator("tbody").page, one)
    harmless(page)
    page.get_by_role("button", name="Values of Tag").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(text[:40].split("\u202e")[-1].strip()[:6])
    harmless(page)
    page.keyboard.press("Escape")
    page.locator("tbody .table-more button").first.click()
    expect(page.get_by_role("dialog", name="Actions")).to_be_visible()
    harmless(page)


@pytest.mark.parametrize("kind", ["registry", "repository"])
def test_panels(signed_in: Visitors, place: dict[str, Any], text: str, kind: str) -> None:
    """In the panels: the title, properties, fields, tags, tools."""
    page = signed_in("root", width=390)
    id_ = place["registry"] if kind == "registry" else place["repository"]["id"]
    wanted = place["service"] if kind == "registry" else place["name"]
    for section in ("properties", "tags", "tools"):
        page.goto(f"/init/default/account?panel={kind}:{id_}:{section}")
        expect(page.get_by_role("dialog").get_by_role("tab", selected=True)).to_be_visible()
        expect(page.locator(".loading, [aria-busy=true]")).to_have_count(0)
        shown(page, wanted)
        if section == "tags":
            shown(page, text[:128])
        elif section == "properties" and kind == "repository":
            shown(page, text[:255])
        harmless(page)
        head = page.locator("dialog[open] .dialog-head").bounding_box()
        assert head
        assert head["height"] < 120


def test_search(gui: Gui, signed_in: Visitors, place: dict[str, Any], text: str) -> None:
    """In the search box: as what is looked for, and as what is found."""
    page = signed_in("root", width=390)
    page.goto("/init/default/account")
    page.get_by_role("combobox", name="Search").fill(place["name"].partition("/")[0] + "/")
    expect(page.get_by_role("option").first).to_be_visible()
    shown(page, place["name"])
    harmless(page)
    page.get_by_role("combobox", name="Search").fill(f"zz {text[:40]} zz")
    expect(page.locator("#search")).to_contain_text("Nothing")
    harmless(page)


def test_log(gui: Gui, signed_in: Visitors, text: str) -> None:
    """In the log: whoever tries to log in with any name at all writes it there."""
    user = gui.unique("who")
    gui.insert(
        "log", dates=("log_date",), log_action="docker.login.failed", log_level="warning",
        log_user=f"{user} {text}"[:100], log_fmt="%(login)s failed from %(address)s",
        log_dict=json.dumps({"login": text, "address": text, text: [text, {"a": text}]}),
    )
    page = signed_in("root", width=390)
    page.goto(f"/init/log/log?log_f_log_user={user}%25")
    shown(page, f"{text} failed from")
    harmless(page)
    page.locator("tbody .link").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    shown(page, text)
    harmless(page)


def test_resources(gui: Gui, signed_in: Visitors, text: str) -> None:
    """In what services tell of their resources."""
    rid = gui.unique("rid")
    ((node, svc),) = gui.rows("SELECT node_id, svc_id FROM resinfo LIMIT 1")
    gui.insert(
        "resinfo", dates=("updated",), rid=rid, res_key=text[:255], res_value=text * 3,
        node_id=node, svc_id=svc,
    )
    page = signed_in("root", width=390)
    page.goto(f"/init/resinfo/resinfo?resinfo_f_rid={rid}")
    shown(page, text)
    harmless(page)


def test_person(gui: Gui, signed_in: Visitors, text: str) -> None:
    """In one's own name, on every page and in the account."""
    user = gui.make_user()
    sql = "UPDATE auth_user SET first_name = ?, last_name = ? WHERE id = ?"
    gui.change(sql, text[:100], text[:100], user["id"])  # the API takes printable texts only
    page = signed_in(user["username"], width=390)
    page.goto("/init/default/account")
    shown(page, text[:100])
    harmless(page)
    page.set_viewport_size({"width": 1300, "height": 800})
    harmless(page)


def test_address(signed_in: Visitors, text: str) -> None:
    """In the address: filters, a panel, the sign-in's next page."""
    page = signed_in("root", width=390, allow=(400,))
    for path in (REGISTRIES, "/init/log/log", "/init/default/user/login"):
        page.goto("/init/default/account")
        page.evaluate(
            """([path, text]) => {
                const names = ["registries_f_tag_name", "log_f_log_user", "panel", "_next"];
                const found = new URLSearchParams(names.map((name) => [name, `"${text}"`]));
                location.assign(`${path}?${found}`);
            }""",
            [path, text],
        )
        page.wait_for_url(f"**{path}**")
        expect(page.locator(".loading, [aria-busy=true]")).to_have_count(0)
        harmless(page)


def test_messages(signed_in: Visitors, text: str) -> None:
    """In what the page says itself."""
    page = signed_in("root", width=390)
    page.goto("/init/default/account")
    page.evaluate(
        """async (text) => {
            const said = await import(document.body.dataset.static + "/js/ui/messages.js");
            said.tell(text);
            said.complain(new Error(text));
        }""",
        text,
    )
    expect(page.locator("#messages .message")).to_have_count(2)
    shown(page, text)
    harmless(page)
