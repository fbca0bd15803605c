"""What crawls cost: little where nothing changed."""

from __future__ import annotations

from tests.unit.remote.content import image, index

from .site import Site, after_truth


def _fill(site: Site, repositories: int, tags: int) -> int:
    for number in range(repositories):
        for tag in range(tags):
            site.content.push(f"r{number:03}", f"v{tag}", image(f"{number} {tag}"))
    return repositories * tags


def _tick(site: Site) -> None:
    """Have time go on with each answer, as it does."""
    site.stub.lie("*", after_truth(lambda: site.home.clock.advance(0.01)))


def _requests(site: Site, full: bool = False) -> int:
    site.stub.requests.clear()
    outcome = site.crawl(full)
    assert outcome.requests == len(site.stub.requests) == site.state().requests
    return outcome.requests


def test_unchanged_registry(site: Site) -> None:
    """Of an unchanged registry the lists are read, and 4 percent of what the first crawl cost."""
    tags = _fill(site, 25, 100)
    _tick(site)
    first = _requests(site)
    assert first == 1 + 25 + tags
    site.crawl()
    lists = 1 + 25
    for _ in range(3):
        assert _requests(site) <= lists + 0.04 * first


def test_a_full_crawl_of_an_unchanged_registry(site: Site) -> None:
    """A full crawl asks about every tag with the digest it knows, and is answered 304."""
    tags = _fill(site, 2, 20)
    _requests(site)
    assert _requests(site, full=True) == 1 + 2 + tags
    manifests = [seen for seen in site.stub.requests if "/manifests/" in seen.path]
    assert all(seen.headers["if-none-match"].startswith('"sha256:') for seen in manifests)


def test_every_tag_is_asked_again_in_time(site: Site) -> None:
    """The budget goes round: after enough crawls each tag was asked about again."""
    tags = _fill(site, 3, 60)
    _tick(site)
    site.crawl()
    asked: set[tuple[str, str]] = set()
    for _ in range(tags // 50 + 3):
        site.stub.requests.clear()
        site.crawl()
        found = {(seen.path, seen.query) for seen in site.stub.requests}
        asked |= {one for one in found if "/manifests/" in one[0]}
    assert len(asked) == tags


def test_moved_tags_are_found_in_time(site: Site) -> None:
    """A tag that moved without a notification is found when the budget comes to it."""
    _fill(site, 2, 60)
    _tick(site)
    site.crawl()
    digest = site.content.push("r001", "v59", image("moved"))
    for _ in range(5):
        site.crawl()
    assert site.catalogue()["r001"]["v59"] == digest


def test_platforms_are_read_once(site: Site) -> None:
    """Tags that share an index's manifests cost their own request each, and no more."""
    children = {f"linux/a{n}": image(f"child {n}") for n in range(5)}
    for child in children.values():
        site.content.push("a/b", "", child)
    for tag in range(10):
        site.content.push("a/b", f"v{tag}", index(children))
    site.crawl(threads=1)
    assert len(site.stub.requests) == 2 + 10 + 5
