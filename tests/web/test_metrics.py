"""Metrics: what they say, and that nothing of a client's becomes a label."""

from __future__ import annotations

from tests.web.conftest import Site
from tests.web.world import ADA, OPEN, ROOT


def _value(site: Site, name: str) -> float:
    """The value of a sample by its whole name, 0 where there is none yet."""
    text = site.ask("/init/registry/metrics", login=ROOT).body.decode()
    lines = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0


def test_what_is_counted(site: Site) -> None:
    """Logins by who checked them, tokens by what they give, answers by route."""
    logins = 'collector_logins_total{backend="internal",outcome="ok"}'
    nothing = 'collector_tokens_total{outcome="nothing"}'
    route = 'collector_requests_total{method="GET",route="/init/registry/token",status="200"}'
    before = _value(site, logins), _value(site, nothing), _value(site, route)
    scope = f"service={OPEN}&scope=repository:users/1/x:push"
    assert site.ask("/init/registry/token", scope, login=ADA).status == 200
    after = _value(site, logins), _value(site, nothing), _value(site, route)
    # Reading the metrics is a login as well.
    assert after[0] - before[0] >= 1
    assert (after[1] - before[1], after[2] - before[2]) == (1, 1)
    assert _value(site, 'collector_notifications{state="quarantined"}') == 0


def test_nothing_of_a_clients(site: Site) -> None:
    """Odd paths, methods and names make no new labels."""
    site.ask("/init/registry/nowhere-at-all", login=ADA)
    site.ask("/init/rest/api/users/odd-one", login=ADA)
    site.ask("/init/registry/token", method="BREW")
    site.ask("/init/registry/token", f"service={OPEN}", login=("odd-login", "odd-password"))
    text = site.ask("/init/registry/metrics", login=ROOT).body.decode()
    assert "odd" not in text
    assert "nowhere" not in text
    assert "BREW" not in text


def test_ids_of_requests(site: Site) -> None:
    """An answer has the id that came with the request, if that is one, else a new one."""

    def id_of(**headers: str) -> str:
        return site.ask("/init/registry/health", **headers).headers["x-request-id"]

    assert id_of(x_request_id="0123456789abcdef") == "0123456789abcdef"
    assert id_of(x_request_id="") != id_of(x_request_id="")
    for odd in ("short", "x" * 65, 'with "quotes" in it', "line\\nbreak-in-it"):
        assert id_of(x_request_id=odd) != odd
