"""Events in any order, repeated or not, come to what one ordered pass comes to."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from tests.home import Home

from .told import BLOB, OURS, body, digest, digest_all, event, repository, state, tags, tell, wipe

REPOSITORIES, TAGS, DIGESTS, ACTORS = ("users/31/x", "base/y"), ("v1", "v2"), "ab", ("ada", "bob")

_STEPS = st.fixed_dictionaries({
    "kind": st.sampled_from([
        "push", "push", "push", "push by digest", "push a blob", "GET", "HEAD", "HEAD",
        "GET by digest", "GET by digest", "GET a blob", "untag", "untag", "delete a digest",
        "delete all",
    ]),
    "tag": st.sampled_from(TAGS),
    "of": st.sampled_from(DIGESTS),
    "repository": st.sampled_from([REPOSITORIES[0], *REPOSITORIES]),
    "actor": st.sampled_from([ACTORS[0], *ACTORS]),
    "after": st.sampled_from([0.25, 20, 61]),
})


def _event(step: dict[str, Any], at: float, number: int) -> dict[str, Any]:
    kind, tag, of = step["kind"], step["tag"], step["of"]
    more = {key: step[key] for key in ("repository", "actor")}
    more["id"] = f"event-{number}"
    if "blob" in kind:
        action = "push" if kind.startswith("push") else "pull"
        return event(action, at, of=of, type=BLOB, **more)
    if kind.startswith("push"):
        return event("push", at, "" if "digest" in kind else tag, of, **more)
    if kind in ("GET", "HEAD"):
        return event("pull", at, tag, of, method=kind, **more)
    if kind == "GET by digest":
        return event("pull", at, of=of, **more)
    return event(
        "delete", at, tag if kind == "untag" else "", of if kind == "delete a digest" else "",
        **more,
    )


def _life(steps: list[dict[str, Any]], end: float) -> list[tuple[float, dict[str, Any], Any]]:
    """Time, event and step, in the order of time; the last happens just before the end."""
    at = end - sum(step["after"] for step in steps) - 1
    life = []
    for number, step in enumerate(steps):
        at += step["after"]
        life.append((at, _event(step, at, number), step))
    return life


def _tags_of(life: list[Any], repository_: str) -> dict[str, str]:
    """What the registry has in the end: the last word on each tag."""
    found: dict[str, str] = {}
    for _, _, step in life:
        if step["repository"] != repository_:
            continue
        if step["kind"] in ("push", "GET", "HEAD"):
            found[step["tag"]] = digest(step["of"])
        elif step["kind"] == "untag":
            found.pop(step["tag"], None)
    return found


def _stars_of(life: list[Any], repository_: str) -> int:
    """Reads by tag, and looks that a read by digest follows within the minute."""
    mine = [(at, step) for at, _, step in life if step["repository"] == repository_]
    reads = [(at, s["of"], s["actor"]) for at, s in mine if s["kind"] == "GET by digest"]
    return sum(
        step["kind"] == "GET"
        or any(step["kind"] == "HEAD" and (step["of"], step["actor"]) == (of, actor)
               and at <= then <= at + 60 for then, of, actor in reads)
        for at, step in mine
    )


def test_order_is_nothing(world: Home) -> None:
    """State, counters and audit lines are the ordered pass's, and those of an independent model."""
    end = world.clock()

    @limits(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_STEPS, min_size=1, max_size=12), st.data())
    def holds(steps: list[dict[str, Any]], data: st.DataObject) -> None:
        life = _life(steps, end)
        wipe(world)
        world.clock.now = end
        for _, value, _ in life:
            tell(world, body(value))
        ordered = state(world)
        for name in REPOSITORIES:
            assert tags(world, name) == _tags_of(life, name)
            found = repository(world, "d.stars, f.pulls", name)
            assert (found or (0, 0)) == (_stars_of(life, name),) * 2
        wipe(world)
        values = [value for _, value, _ in life]
        repeated = data.draw(st.lists(st.sampled_from(values), max_size=4))
        batch = data.draw(st.integers(1, 5))
        for number, value in enumerate(data.draw(st.permutations(values + repeated))):
            world.clock.advance(0.5)
            world.container.receiver.verified(OURS, body(value))
            if number % batch == 0:
                digest_all(world, batch)
        digest_all(world)
        assert state(world) == ordered

    holds()
