"""Deletion: the registry first, then the catalogue, which tells the truth at every moment."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from applications.init.modules.registries import audit
from applications.init.modules.registries.deletion import Deletion
from applications.init.modules.registries.errors import BadRequest, Conflict, NotFound
from applications.init.modules.registries.remote import RemoteError, Unreachable, manifests
from tests.home import Home
from tests.unit.discovery.site import Site, after_truth
from tests.unit.remote import lies
from tests.unit.remote.content import image, index
from tests.unit.remote.stub import Exchange, StubRegistry, tell_the_truth


@pytest.fixture
def stub() -> Iterator[StubRegistry]:
    """A registry of 2.8."""
    with StubRegistry() as made:
        yield made


@pytest.fixture
def site(home: Home, stub: StubRegistry) -> Site:
    """A collector that knows a registry with two repositories."""
    made = Site(home, stub)
    for tag in ("v1", "v2"):
        made.content.push("a/b", tag)
    made.content.push("c/d", "v1")
    made.crawl()
    made.stub.requests.clear()
    return made


@pytest.fixture
def deletion(site: Site) -> Deletion:
    """What is tested."""
    return Deletion(site.db, site.connector, site.home.clock)


def _deletes(site: Site) -> list[str]:
    return [seen.path for seen in site.stub.requests if seen.method == "DELETE"]


def _access(authorization: str) -> list[dict[str, Any]]:
    part = authorization.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert claims["exp"] - claims["iat"] <= 60
    access: list[dict[str, Any]] = claims["access"]
    return access


def test_a_tag(site: Site, deletion: Deletion) -> None:
    """A tag is deleted by its digest, there and here, and audited; the others stay."""
    digest = site.truth()["a/b"]["v1"]
    done = deletion.tag(site.remote, "a/b", "v1", "ada")
    assert (done.tags, done.kept, done.whole) == (("v1",), (), True)
    assert _deletes(site) == [f"/v2/a/b/manifests/{digest}"]
    assert set(site.truth()["a/b"]) == {"v2"}
    assert site.catalogue() == site.truth()
    (entry,) = site.home.audit(audit.TAG_DELETED)
    assert entry["log_user"] == "ada"
    assert entry["log_fmt"] % entry["details"] == "tag a/b:v1 deleted from reg"


@pytest.mark.parametrize(
    "media_type", [manifests.OCI_MANIFEST, manifests.SCHEMA2, manifests.OCI_INDEX, manifests.LIST]
)
def test_every_type(site: Site, deletion: Deletion, media_type: str) -> None:
    """The digest is that of the tag's own manifest, whatever type it is: asked with all types."""
    child = image("child")
    site.content.push("a/b", "", child)
    many = media_type in (manifests.OCI_INDEX, manifests.LIST)
    stored = index({"linux/amd64": child}, media_type) if many else image("x", (1,), media_type)
    digest = site.content.push("a/b", "v3", stored)
    assert deletion.tag(site.remote, "a/b", "v3", "ada").whole
    assert _deletes(site)[-1].endswith(digest)
    heads = [seen for seen in site.stub.requests if seen.method == "HEAD"]
    assert all(seen.headers["accept"] == manifests.ACCEPT for seen in heads)
    assert set(site.truth()["a/b"]) == {"v1", "v2"}


def test_tokens_are_limited(site: Site, deletion: Deletion) -> None:
    """No token reaches further than this repository, and only DELETE has one that deletes."""
    deletion.tag(site.remote, "a/b", "v1", "ada")
    deletion.repository(site.remote, "a/b", "ada")
    for seen in site.stub.requests:
        (entry,) = _access(seen.headers["authorization"])
        assert (entry["type"], entry["name"]) == ("repository", "a/b")
        may_delete = seen.method == "DELETE"
        assert sorted(entry["actions"]) == (["delete", "pull"] if may_delete else ["pull"])


def test_shared_digest_is_refused(site: Site, deletion: Deletion) -> None:
    """2.8 can't delete one of two tags of an image: it is refused, the other tag named."""
    _share(site)
    before = site.catalogue(), site.truth()
    with pytest.raises(Conflict, match="v1 and latest, stable are the same image"):
        deletion.tag(site.remote, "a/b", "v1", "ada")
    assert (site.catalogue(), site.truth()) == before
    assert site.home.audit(audit.TAG_DELETED) == []


def test_shared_digest_by_force(site: Site, deletion: Deletion) -> None:
    """By force all tags of the image go, there and here, and are all named."""
    _share(site)
    done = deletion.tag(site.remote, "a/b", "v1", "ada", force=True)
    assert done.tags == ("v1", "latest", "stable")
    assert set(site.truth()["a/b"]) == {"v2"}
    assert site.catalogue() == site.truth()
    assert len(site.home.audit(audit.TAG_DELETED)) == 3


def test_shared_digest_of_distribution_3(site: Site, deletion: Deletion) -> None:
    """Where the registry can untag, the other tags of the image are kept, here too."""
    _share(site)
    site.stub.major = 3
    assert deletion.tag(site.remote, "a/b", "v1", "ada").tags == ("v1",)
    assert set(site.truth()["a/b"]) == {"v2", "latest", "stable"}
    assert site.catalogue() == site.truth()


def _share(site: Site) -> None:
    for tag in ("latest", "stable"):
        site.content.push("a/b", tag, image("a/b:v1"))
    site.crawl()
    site.stub.requests.clear()


@pytest.mark.parametrize("major", [2, 3])
@pytest.mark.parametrize("shared", [False, True])
def test_deletion_is_disabled(site: Site, deletion: Deletion, shared: bool, major: int) -> None:
    """A registry that does not delete is told of with the setting that changes it."""
    if shared:
        _share(site)
    site.stub.deletes, site.stub.major = False, major
    before = site.catalogue()
    with pytest.raises(Conflict, match="REGISTRY_STORAGE_DELETE_ENABLED"):
        deletion.tag(site.remote, "a/b", "v1", "ada", force=True)
    with pytest.raises(Conflict, match="REGISTRY_STORAGE_DELETE_ENABLED"):
        deletion.repository(site.remote, "a/b", "ada")
    assert site.catalogue() == before
    assert site.truth() == before


@pytest.mark.parametrize(
    "lie", [lies.error(401), lies.error(500), lies.html, lies.html_404, lies.reset, lies.silent]
)
def test_a_registry_that_does_not_answer(
    site: Site, deletion: Deletion, lie: lies.Behaviour
) -> None:
    """When the registry can't be asked, nothing changes here, and the error says why."""
    before = site.catalogue()
    site.stub.lie("*", lie)
    with pytest.raises(RemoteError):
        deletion.tag(site.remote, "a/b", "v1", "ada")
    with pytest.raises(RemoteError):
        deletion.repository(site.remote, "a/b", "ada")
    assert site.catalogue() == before
    assert site.home.audit(audit.TAG_DELETED) == []


def test_a_tag_that_is_gone_already(site: Site, deletion: Deletion) -> None:
    """A tag that only the catalogue has is deleted here; one that nobody has is not found."""
    site.content.untag("a/b", "v1")
    assert deletion.tag(site.remote, "a/b", "v1", "ada").tags == ("v1",)
    assert site.catalogue() == site.truth()
    with pytest.raises(NotFound):
        deletion.tag(site.remote, "a/b", "v1", "ada")
    with pytest.raises(NotFound):
        deletion.repository(site.remote, "e/f", "ada")


def test_a_tag_that_the_catalogue_lacks(site: Site, deletion: Deletion) -> None:
    """What was pushed a moment ago can be deleted before the catalogue has it."""
    site.content.push("new/one", "v1")
    assert deletion.tag(site.remote, "new/one", "v1", "ada").tags == ("v1",)
    assert site.truth()["new/one"] == {}


def test_a_registry_that_only_says_so(site: Site, deletion: Deletion) -> None:
    """A registry that accepts a deletion and does nothing is found out."""
    path = f"/v2/a/b/manifests/{site.truth()['a/b']['v1']}"
    site.stub.lie(path, lies.status(202))
    done = deletion.tag(site.remote, "a/b", "v1", "ada")
    assert (done.tags, [name for name, _ in done.kept]) == ((), ["v1"])
    assert site.catalogue() == site.truth()
    done = deletion.repository(site.remote, "a/b", "ada")
    assert (done.tags, [name for name, _ in done.kept]) == (("v2",), ["v1"])
    site.crawl()
    assert "a/b" in site.catalogue()


def test_somebody_was_faster(site: Site, deletion: Deletion) -> None:
    """A manifest that is gone when it is to be deleted is as good as deleted."""
    digest = site.truth()["a/b"]["v1"]

    def faster(exchange: Exchange) -> None:
        site.content.delete("a/b", digest)
        tell_the_truth(exchange)

    site.stub.lie(f"/v2/a/b/manifests/{digest}", faster, times=1)
    assert deletion.tag(site.remote, "a/b", "v1", "ada").whole
    assert site.catalogue() == site.truth()


def test_a_repository(site: Site, deletion: Deletion) -> None:
    """A repository goes with all its tags, and the next crawls don't bring it back."""
    _share(site)
    lines: list[str] = []
    done = deletion.repository(site.remote, "a/b", "ada", lines.append)
    assert (sorted(done.tags), done.whole) == (["latest", "stable", "v1", "v2"], True)
    assert sorted(lines) == [f"a/b:{tag}: deleted" for tag in sorted(done.tags)]
    assert site.truth()["a/b"] == {}
    for _ in range(2):
        assert set(site.catalogue()) == {"c/d"}
        site.crawl()
    assert len(site.home.audit(audit.REPOSITORY_DELETED)) == 1
    site.content.push("a/b", "v9")
    site.crawl()
    assert set(site.catalogue()["a/b"]) == {"v9"}


def test_an_untagged_repository(site: Site, deletion: Deletion) -> None:
    """A repository without tags, or one that only the catalogue has, is deleted here."""
    site.content.untag("c/d", "v1")
    site.content.forget("a/b")
    for name in ("c/d", "a/b"):
        assert deletion.repository(site.remote, name, "ada").whole
    assert site.catalogue() == {}


@pytest.mark.parametrize("lie", [lies.error(500, "UNKNOWN"), lies.reset])
def test_partial_failure(site: Site, deletion: Deletion, lie: lies.Behaviour) -> None:
    """What could not be deleted is named with the reason, and the catalogue has just that."""
    site.content.push("a/b", "v3")
    site.crawl()
    site.stub.lie(f"/v2/a/b/manifests/{site.truth()['a/b']['v3']}", lie)
    before = site.describe("a/b")
    done = deletion.repository(site.remote, "a/b", "ada")
    assert not done.whole
    assert [name for name, _ in done.kept] == ["v3"]
    assert "v3" not in done.tags
    assert site.catalogue() == site.truth()
    assert site.repository("a/b")["id"] == before["id"]
    assert site.home.audit(audit.REPOSITORY_DELETED) == []


def test_a_registry_that_goes_away(site: Site, deletion: Deletion) -> None:
    """When the registry stops answering half-way, the rest is not tried, and kept."""
    for number in range(5):
        site.content.push("a/b", f"w{number}")
    site.crawl()
    for digest in site.truth()["a/b"].values():
        site.stub.lie(f"/v2/a/b/manifests/{digest}", lies.reset)
    site.stub.requests.clear()
    done = deletion.repository(site.remote, "a/b", "ada")
    assert len(done.kept) == 7
    assert len(_deletes(site)) == 2  # the probe, and the first
    assert site.catalogue() == site.truth()


def test_a_push_meanwhile(site: Site, deletion: Deletion) -> None:
    """A tag that was pushed while its repository was deleted keeps the repository."""
    digest = site.truth()["a/b"]["v1"]
    push = after_truth(lambda: site.pushed("a/b", "fresh"))
    site.stub.lie(f"/v2/a/b/manifests/{digest}", push, times=1)
    done = deletion.repository(site.remote, "a/b", "ada")
    assert [name for name, _ in done.kept] == ["fresh"]
    assert site.catalogue() == site.truth()


def test_the_database_fails_after_the_registry(
    site: Site, deletion: Deletion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A catalogue that could not be written is put right by the next crawls."""
    monkeypatch.setattr(Deletion, "forget", _broken)
    with pytest.raises(OSError, match="broken"):
        deletion.tag(site.remote, "a/b", "v1", "ada")
    site.crawl()
    site.crawl()
    assert site.catalogue() == site.truth()


def _broken(*args: object) -> None:
    raise OSError("broken")


def test_names_are_checked(site: Site, deletion: Deletion) -> None:
    """A name outside the grammar reaches no registry."""
    for repository, tag in (("../x", "v1"), ("a/b", "../v1"), ("a/b", "")):
        with pytest.raises(BadRequest):
            deletion.tag(site.remote, repository, tag, "ada")
    assert site.stub.requests == []


def test_unreachable_is_told(site: Site, deletion: Deletion) -> None:
    """A registry that is not there is an error that says so."""
    site.stub.lie("*", lies.reset)
    with pytest.raises(Unreachable):
        deletion.tag(site.remote, "a/b", "v1", "ada")
