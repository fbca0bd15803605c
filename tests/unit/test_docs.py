"""Documentation can't rot: it is compared with the code's own lists."""

from __future__ import annotations

import re

import pytest

from applications.init.modules.registries import settings
from applications.init.modules.registries.commands import parser
from applications.init.modules.registries.rest.asked import LIST_PARAMS
from applications.init.modules.registries.rest.table import ROUTER
from applications.init.modules.registries.web import pages
from cli.commands import main as client
from tests.conftest import CHECKOUT

PACKAGE = CHECKOUT / "applications" / "init" / "modules" / "registries"


def _text(name: str) -> str:
    return (CHECKOUT / name).read_text()


def test_settings_are_documented() -> None:
    """Each variable has a row with its meaning and its name in config.py."""
    page = _text("docs/operate.md")
    for item in settings.all_fields():
        rows = [line for line in page.splitlines() if f"| `{item.metadata['env']}`" in line]
        assert rows, item.metadata["env"]
        row = rows[0]
        assert row.endswith(f"| {item.metadata['help']} |")
        assert (item.metadata["config"] or "") in row


def test_routes_are_documented() -> None:
    """Each controller function is in the page on the HTTP interface."""
    page = _text("docs/api.md")
    for path in (CHECKOUT / "applications" / "init" / "controllers").glob("*.py"):
        for name in re.findall(r"^def (\w+)\(\):", path.read_text(), re.MULTILINE):
            if name != "call":
                assert f"| `/init/{path.stem}/{name}` |" in page
    for rest in pages.CALLS:
        assert f"| `/init/registry/call{rest}` |" in page


def test_families_of_the_rest_api_are_documented() -> None:
    """Each family of routes is in the page on the REST API, and each parameter of lists."""
    page = _text("docs/rest.md")
    for route in ROUTER.routes:
        family = "/".join(route.path.split("/")[: 3 if route.path.startswith("/docker") else 2])
        assert family in page, route.path
    for param in LIST_PARAMS:
        assert f"`{param.name}" in page


def test_commands_of_the_client_are_documented() -> None:
    """Each command of the command line client is in its page."""
    page = _text("docs/cli.md")
    assert [name for name in client.commands if f"`{name}`" not in page] == []


def test_reasons_are_documented() -> None:
    """Each reason a rule gives is explained."""
    code = "".join(_text(str(p)) for p in (PACKAGE / "policy").glob("*.py"))
    page = _text("docs/policy.md")
    found = re.findall(r'(?:Deny|Never)\(\s*"(\w+)"', code)
    assert len(found) > 10
    assert [reason for reason in found if f"`{reason}`" not in page] == []


def _commands_in(text: str) -> list[list[str]]:
    lines = re.sub(r"\\\n\s+", " ", text).splitlines()
    found = [re.search(r"(?:^ {4}|`)\./manage\.py ([^`>#\n]*)", line) for line in lines]
    return [match.group(1).split() for match in found if match]


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{n}.md" for n in ("operate", "troubleshooting", "develop"))]
)
def test_commands_exist(page: str) -> None:
    """Each manage.py command in the documentation is one that its parser takes."""
    for words in _commands_in(_text(page)):
        arguments = ["1" if word == "LOGIN" else word for word in words]
        assert parser.build_parser().parse_args(arguments).run


def test_walkthrough_is_ten_lines() -> None:
    """A newcomer types about ten lines."""
    text = _text("README.md").partition("## A first login")[2].partition("The last line")[0]
    assert 8 <= len([line for line in text.splitlines() if line.startswith("    ")]) <= 12


def test_every_link_leads_somewhere() -> None:
    """Relative links in the documentation point at files."""
    pages = [CHECKOUT / "README.md", CHECKOUT / "CHANGELOG.md", *(CHECKOUT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_no_key_is_shipped() -> None:
    """There is no private key among the files of the product."""
    marker = "PRIVATE" + " KEY-----"
    for folder in ("applications", "server", "docs", "tests", "requirements", "scripts"):
        for path in (CHECKOUT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert marker not in path.read_text(errors="ignore"), path
