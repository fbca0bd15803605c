"""What services tell of their resources, over the REST API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.errors import BadRequest
from applications.init.modules.registries.rest.core.resinfo import alike
from tests.web.conftest import Site
from tests.web.rest.rack import Rack, standing
from tests.web.rest.shelf import stocked
from tests.web.world import ADA, BOB, EVE, LINUS, NODE, ROOT, SERVICE

HEX, OTHER = "9b" * 32, "ab" * 32
SHAPE = {"id", "svc_id", "svcname", "node_id", "nodename", "rid", "res_key", "res_value",
         "topology", "updated"}


@pytest.fixture
def rack(site: Site) -> Iterator[Rack]:
    """Both spellings of the key, and of the value, and other resources."""
    with standing(site) as found, stocked(site):
        found.told("image_id", HEX, rid="container#1")
        found.told("docker_image_id", HEX, rid="container#2")
        found.told("image_id", f"sha256:{HEX}", rid="container#3")
        found.told("image_id", OTHER, rid="container#4")
        found.told("ipaddr", "192.0.2.9", rid="env")
        found.told("image_id", HEX, svc_id="s2", rid="container#1")
        yield found


def _rids(rack: Rack, query: str, path: str = "/services/s1/resinfo") -> set[str]:
    return {row["rid"] for row in rack.data(path, query)}


def test_shape(rack: Rack) -> None:
    """Rows name the service and the node."""
    row = rack.data("/services/s1/resinfo", "filters=rid+env")[0]
    assert set(row) == SHAPE
    assert (row["svcname"], row["nodename"], row["res_key"], row["res_value"]) == (
        "store/web", "n1.lab", "ipaddr", "192.0.2.9"
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filters=res_key+docker_image_id", "1234"),
        ("filters=res_key+image_id", "1234"),
        ("filters=res_key%3Dimage_id", "1234"),
        ("filters=res_key+%22image_id%22", "1234"),
        ("filters=res_key+%28docker_image_id%29", "1234"),
        ("filters[]=resinfo.res_key+docker_image_id", "1234"),
        (f"filters=res_value+sha256:{HEX}", "123"),
        (f"filters=res_value+{HEX}", "123"),
        (f"filters=res_value+{HEX.upper()}", "123"),
        (f"filters=res_value+%28{HEX},{OTHER}%29", "1234"),
        (f"filters=res_value+sha256:{HEX[:12]}%25", "123"),
        (f"filters=res_key+docker_image_id&filters=res_value+sha256:{HEX}", "123"),
        (f"filters=res_value+!{HEX}&filters=res_key+image_id", "4"),
    ],
)
def test_both_spellings(rack: Rack, query: str, found: str) -> None:
    """Old and new keys are one, and ids with and without sha256: are (E73)."""
    assert _rids(rack, query) == {f"container#{number}" for number in found}


def test_other_filters_mean_what_they_say(rack: Rack) -> None:
    """What is no key or id of an image is left as it is."""
    assert _rids(rack, "filters=res_key+ipaddr") == {"env"}
    assert _rids(rack, "filters=res_key+!image_id") == {"env"}
    assert _rids(rack, "filters=rid+image_id") == set()
    assert len(_rids(rack, "filters=res_value+%25")) == 5
    assert rack.get("/resources_info", "filters=%25").status == 400


@given(st.text(max_size=40))
def test_alike_takes_anything(text: str) -> None:
    """No entry breaks the reading of filters, and other columns' are never touched."""
    assert alike(f"rid {text}") == f"rid {text}"
    try:
        assert alike(f"res_value {text}").startswith("res_value ")
        alike(text)
    except BadRequest:
        assert True


def test_sight(rack: Rack) -> None:
    """Only services that one sees tell something."""
    rack.run("DELETE FROM apps_publications")
    services = {
        login[0]: {row["svc_id"] for row in rack.data("/resources_info", login=login)}
        for login in (ROOT, ADA, EVE, NODE, SERVICE)
    }
    assert list(services.values()) == [{"s1", "s2"}, {"s1"}, {"s2"}, {"s1"}, {"s1"}]
    assert rack.get("/services/s2/resinfo", login=ADA).status == 404
    assert rack.data("/resources_info", "filters=svc_id+s2", ADA) == []


def test_of_a_tag(rack: Rack) -> None:
    """The resources that run a tag's image, of whatever platform, under whatever key."""
    rack.run("UPDATE docker_tags SET config_digest = ? WHERE id = 71", f"sha256:{HEX}")
    path = "/docker/tags/71/resources"
    assert _rids(rack, "filters=svc_id+s1", path) == {f"container#{n}" for n in "123"}
    assert {row["svc_id"] for row in rack.data(path)} == {"s1", "s2"}
    platforms = json.dumps([{"config_digest": f"sha256:{OTHER}"}, {"config_digest": ""}, 3])
    rack.insert("registry_tags", tag_id=71, repository_id=61, registry_id=51, platforms=platforms)
    assert _rids(rack, "filters=svc_id+s1", path) == {f"container#{n}" for n in "1234"}
    rack.run("UPDATE registry_tags SET platforms = '{'")
    assert len(rack.data(path)) == 4
    rack.run("UPDATE docker_tags SET config_digest = '' WHERE id = 71")
    rack.run("UPDATE resinfo SET res_value = '' WHERE rid = 'container#4'")
    assert rack.data(path) == []


def test_of_a_tag_that_is_not_seen(rack: Rack) -> None:
    """Nothing is told of tags that one doesn't see, and of services that one doesn't."""
    rack.run("UPDATE docker_tags SET config_digest = ?", f"sha256:{HEX}")
    for login, tag in ((BOB, 72), (EVE, 71), (LINUS, 76), (ROOT, 999)):
        answer = rack.get(f"/docker/tags/{tag}/resources", login=login)
        assert (answer.status, answer.json["error"]) == (404, f"there is no docker tag {tag}")
    assert rack.get("/docker/tags/x/resources").status == 400
    rack.run("DELETE FROM apps_publications")
    rows = rack.data("/docker/tags/71/resources", login=ADA)
    assert {row["svc_id"] for row in rows} == {"s1"}
