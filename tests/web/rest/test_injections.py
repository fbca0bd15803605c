"""The holes of the collector's own API (``collector-contract.md`` E), each tried on ours."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.web.conftest import Site
from tests.web.rest.shelf import Shelf, stocked
from tests.web.world import ADA, EVE, LINUS, OPEN, PULL, ROOT

SECRET = ("password", "registration_key", "reset_password_key")


@pytest.fixture
def shelf(site: Site) -> Iterator[Shelf]:
    """Some repositories."""
    with stocked(site) as found:
        yield found


def _get(site: Site, path: str, query: str = "", login: tuple[str, str] = ADA) -> tuple[int, str]:
    answer = site.ask(f"/init/rest/api{path}", query, login=login)
    return answer.status, answer.body.decode()


def test_e1_no_account_rows(shelf: Shelf) -> None:
    """E1: the users of a repository come without anything of their accounts."""
    for side in ("pullers", "pushers"):
        rows = shelf.data(f"/docker/repositories/61/{side}/users", login=ROOT)
        assert all(set(row) <= {"id", "first_name", "last_name"} for row in rows)


@pytest.mark.parametrize("column", SECRET)
@pytest.mark.parametrize(
    "query", ["props={}", "props=id,{}:x", "filters={}+%25", "orderby={}", "orderby=~{}",
              "groupby={}", "search=a&search_props={}", "query={}+contains+a", "stats=1&props={}",
              "props=auth_user.{}"]
)
def test_e2_secret_columns(site: Site, column: str, query: str) -> None:
    """E2, E11: no parameter reaches a column that is not declared."""
    for path in ("/users", "/groups/20/users"):
        status, body = _get(site, path, query.format(column), ROOT)
        assert status == 400, path
        assert "pbkdf2" not in body


def test_e2_blacklist_is_not_the_clients(site: Site) -> None:
    """E2: what a client says of columns to leave out does nothing."""
    status, body = _get(site, "/users", "props_blacklist=x&meta=0", ROOT)
    assert status == 200
    assert not any(f'"{column}"' in body for column in SECRET)


def test_e3_tags_of_others(shelf: Shelf) -> None:
    """E3: a tag of a repository that one does not see is not there; one that is, once."""
    assert shelf.data("/docker/tags/76", login=ADA) == []
    assert len(shelf.data("/docker/tags/71", login=ADA)) == 1


@pytest.mark.parametrize(
    "name", ["q", "tables", "left", "vprops", "vprops_fn", "count_prop", "data", "total", "cols"]
)
def test_e4_internal_arguments(shelf: Shelf, name: str) -> None:
    """E4, E91: unknown parameters change nothing."""
    plain = shelf.data("/docker/repositories", "limit=0", ADA)
    assert shelf.data("/docker/repositories", f"limit=0&{name}=1%3D1", ADA) == plain


@pytest.mark.parametrize(
    "query", ["groupby=id+union+select+password+from+auth_user", "orderby=id;drop+table+log",
              "props=id,(select+1)", "groupby=1"]
)
def test_e5_pasted_sql(site: Site, query: str) -> None:
    """E5: what is no column is refused."""
    assert _get(site, "/docker/repositories", query, ROOT)[0] == 400


def test_e8_stars_by_token(shelf: Shelf) -> None:
    """E8, E68: a token gives no star, whatever the repository is called."""
    before = shelf.rows("SELECT id, stars FROM docker_repositories")
    for name in ("base/alpine", 'x" or "1"="1', "x' or '1'='1"):
        shelf.site.token(f"service={OPEN}&scope={quote(f'repository:{name}:pull')}", ADA)
    assert shelf.rows("SELECT id, stars FROM docker_repositories") == before


def test_e9_registries(site: Site) -> None:
    """E9: registries are seen where they are published, or owned."""
    assert '"data": []' in _get(site, "/docker/registries", "meta=0", EVE)[1]
    assert '"data": []' in _get(site, "/docker/registries/51", login=EVE)[1]


@pytest.mark.parametrize(
    "expression", ["$.a=x' or '1'='1", "' or 1=1 --", '" or ""="', "x%' escape '!' or '1'='1",
                   "(1,2) or (1=1", "a\\", "%' and (select 1)=1 --"]
)
def test_e10_expressions_are_values(shelf: Shelf, expression: str) -> None:
    """E10, E13: a filter is compared, never executed."""
    query = f"limit=0&filters={quote('repository ' + expression)}"
    status, body = _get(shelf.site, "/docker/repositories", query, ROOT)
    assert status == 400 or '"data": []' in body


@pytest.mark.parametrize(
    "name", ["auth_user.password", "auth_node.uuid", "registry_options.notify_salt", "log.id"]
)
def test_e11_other_tables(site: Site, name: str) -> None:
    """E11: no table but the resource's own can be named."""
    for query in (f"filters={name}+a%25", f"orderby={name}", f"search=a&search_props={name}",
                  f"props={name}"):
        assert _get(site, "/docker/registries", query, ROOT)[0] == 400


def test_e20_repositories_stay(shelf: Shelf) -> None:
    """E20: a repository can't be moved to another registry, nor its dates be written."""
    assert shelf.send("POST", "/docker/repositories/61", {"registry_id": 53}, LINUS).status == 400
    assert shelf.rows("SELECT registry_id FROM docker_repositories WHERE id = 61") == [(51,)]


def test_e29_get_changes_nothing(shelf: Shelf) -> None:
    """E14, E29: there is no address by which a GET starts something."""
    assert shelf.site.ask("/init/registry/discover_registries", login=ROOT).status == 404
    before = shelf.rows("SELECT next_run, phase FROM registry_crawls")
    _get(shelf.site, "/docker/registries/51/discovery", login=ROOT)
    assert shelf.rows("SELECT next_run, phase FROM registry_crawls") == before


@pytest.mark.parametrize("query", ["x_f_y=</script><script>", "table_id=%0d%0aX:1"])
def test_e30_nothing_is_echoed(site: Site, query: str) -> None:
    """E30, E72: what a client sends appears neither as markup nor in a header."""
    answer = site.ask("/init/rest/api/docker/registries", query, login=ADA)
    assert b"<script" not in answer.body
    assert "x" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/docker/repositories/abc", "/docker/tags/1e9", "/docker/tags/99999999999999999999",
             "/docker/repositories/-1", "/docker/registries/%00", "/users/abc", "/logs/x"]
)
def test_e31_no_traceback(site: Site, path: str) -> None:
    """E31: an id that is none is a 400 or 404 in words, or nothing found."""
    status, body = _get(site, path, login=ROOT)
    assert status in (200, 400, 404)
    assert "Traceback" not in body
    assert status != 200 or '"data": []' in body


def test_e32_real_statuses(site: Site) -> None:
    """E32: a refusal is no 200, and keeps the member that clients read."""
    refused = site.ask(
        "/init/rest/api/docker/registries", "", "POST", b'{"service": "x.lab"}', PULL,
        content_type="application/json",
    )
    assert (refused.status, refused.json["ret"]) == (403, 403)
    assert "DockerRegistriesManager" in refused.json["error"]
    unknown = site.ask("/init/rest/api/nothing", "", "PUT", b"{}", ADA)
    assert unknown.status == 404
    assert unknown.json["error"] == "Unsupported api url: PUT /nothing"


def test_e33_the_log_is_not_for_all(site: Site) -> None:
    """E33: somebody else's logins are nobody's business but the Manager's."""
    site.token(f"service={OPEN}", ADA)
    assert ADA[0] in _get(site, "/logs", "limit=0", ROOT)[1]
    assert ADA[0] not in _get(site, "/logs", "limit=0", EVE)[1]


@pytest.mark.parametrize(
    "query", ["limit=abc", "limit=-1", "offset=x", "limit=99999999999999999999", "filters=",
              "filters=foo+x", "orderby=foo", "search=a&search_props=foo"]
)
def test_e41_e47_parameters(site: Site, query: str) -> None:
    """E41 to E47: what can't be understood is a 400, never 'no filter'."""
    assert _get(site, "/docker/registries", query, ROOT)[0] == 400


def test_e45_both_signs(shelf: Shelf) -> None:
    """E45: an expression with both signs filters; and binds tighter than or."""
    query = f"limit=0&props=id&filters={quote('id 61|62&!62')}"
    assert shelf.data("/docker/repositories", query, ROOT) == [{"id": 61}]
