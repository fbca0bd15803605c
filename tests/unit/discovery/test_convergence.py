"""Whatever happens, and however crawls fail: in the end the catalogue is the registry."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.init.modules.registries.discovery import crawl as crawl_module
from tests.home import Home
from tests.unit.remote import lies
from tests.unit.remote.content import image, index
from tests.unit.remote.stub import StubRegistry

from .site import From, Site

LIES = [
    lies.html, lies.html_404, lies.truncated, lies.reset, lies.error(401, "UNAUTHORIZED"),
    lies.error(500, "UNKNOWN"), lies.length_too_long, lies.answer({}),
]
NUMBERS = itertools.count()
Key = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """A change of the registry's content, or a crawl that may fail from some request on."""

    what: str
    repository: str
    tag: str
    number: int


STEPS = st.builds(
    Step,
    st.sampled_from(["push", "push", "multi", "untag", "delete", "forget", "crawl", "fail"]),
    st.sampled_from(["a/a", "b/b", "c/c"]),
    st.sampled_from(["v1", "v2", "v3"]),
    st.integers(0, 7),
)


class World:
    """A registry in motion; ``kept`` are the rows of what is there since it was found."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.kept: dict[Key, dict[str, Any]] = {}

    def run(self, step: Step) -> None:
        """Do a step, and check what may never happen."""
        if step.what == "crawl":
            self.crawl(full=bool(step.number % 2))
        elif step.what == "fail":
            self.site.stub.lie("*", From(step.number, LIES[len(step.tag + step.repository) % 8]))
            self.site.home.clock.advance(150)
            self.site.crawler(threads=1).run(self.site.remote, force=True)
            self.site.stub.be_honest()
        else:
            self._change(step)
        self._forget_what_went()
        self.check()

    def crawl(self, full: bool) -> None:
        """A crawl without failure; what it found is to be kept from now on."""
        self.site.crawl(full)
        for name, repository in self.site.content.repositories.items():
            self._keep((name, ""), self.site.describe(name))
            for tag in repository.tags:
                self._keep((name, tag), self.site.tag(name, tag))

    def check(self) -> None:
        """What is there all the time has its row still, with what people gave it."""
        for (name, tag), before in self.kept.items():
            now = self.site.tag(name, tag) if tag else self.site.repository(name)
            assert now["id"] == before["id"]
            if not tag:
                assert (now["stars"], now["description"], now["official"]) == (7, "ours", True)

    def _keep(self, key: Key, row: dict[str, Any]) -> None:
        self.kept.setdefault(key, row)

    def _forget_what_went(self) -> None:
        truth = self.site.truth()
        there = {(name, tag) for name, tags in truth.items() for tag in ("", *tags)}
        self.kept = {key: row for key, row in self.kept.items() if key in there}

    def _change(self, step: Step) -> None:
        content, found = self.site.content, self.site.content.repositories.get(step.repository)
        if step.what == "push":
            content.push(step.repository, step.tag, image(f"{step.number}"))
        elif step.what == "multi":
            child = image(f"{step.number}")
            content.push(step.repository, "", child)
            content.push(step.repository, step.tag, index({"linux/amd64": child}))
        elif found is None:
            return
        elif step.what == "forget":
            content.forget(step.repository)
        elif step.tag in found.tags and step.what == "untag":
            content.untag(step.repository, step.tag)
        elif step.tag in found.tags:
            content.delete(step.repository, found.tags[step.tag])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches so small that there are several."""
    monkeypatch.setattr(crawl_module, "BATCH", 2)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, max_size=25))
def test_two_whole_crawls_bring_the_truth(home: Home, small: None, steps: list[Step]) -> None:
    """After two whole crawls the catalogue equals the registry, and nothing was lost meanwhile."""
    with StubRegistry() as stub:
        world = World(Site(home, stub, f"reg{next(NUMBERS)}"))
        for step in steps:
            world.run(step)
        for _ in range(3):
            world.crawl(full=True)
            world.check()
        assert world.site.catalogue() == world.site.truth()
