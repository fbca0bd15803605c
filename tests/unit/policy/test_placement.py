"""Placement: it only takes away, from services only, and addresses that all have never count."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.init.modules.registries.policy import Allow, Decision, Deny, Kind, Refusal
from applications.init.modules.registries.policy.placement import (
    Facts,
    check,
    counted,
    counts,
    is_everywhere,
    parse,
)
from applications.init.modules.registries.scopes import REPOSITORY, Scope

ADDRESSES = st.one_of(st.ip_addresses().map(str), st.sampled_from([
    "127.0.0.1", "::1", "fe80::1%eth0", "::ffff:192.0.2.7", "192.0.2.7", "0.0.0.0", "::",
    "::ffff:127.0.0.1", "224.0.0.1", "169.254.1.1",
]))
TEXTS = st.one_of(ADDRESSES, st.text(max_size=80))
FACTS = st.builds(
    Facts, st.booleans(), st.sampled_from(Kind), st.text(max_size=8), st.text(max_size=8),
    st.booleans(), st.frozensets(TEXTS, max_size=4), st.one_of(st.none(), TEXTS),
)
GOOD = Facts(
    True, Kind.SERVICE, "web", "n1.lab", True, frozenset({"192.0.2.7", "2001:db8::7"}), "192.0.2.7"
)


@given(FACTS)
def test_it_denies_only_what_it_is_for(facts: Facts) -> None:
    """Off, or for anybody but a service, it has nothing against anything."""
    if not facts.wanted or facts.kind is not Kind.SERVICE:
        assert check(facts) == Allow()


@given(FACTS)
def test_services_need_an_instance_and_an_address(facts: Facts) -> None:
    """Where it is on, a service passes exactly with an instance and an address of its node."""
    facts = replace(facts, wanted=True, kind=Kind.SERVICE)
    verdict = check(facts)
    if not facts.has_instance:
        assert isinstance(verdict, Deny)
        assert verdict.reason == "placement_instance"
    elif facts.client is not None:
        mine = parse(facts.client)
        known = [parse(text) for text in facts.addresses]
        good = mine is not None and mine in known and counts(mine)
        assert (verdict == Allow()) is good
        assert good or (isinstance(verdict, Deny) and verdict.reason == "placement_address")
    else:
        assert verdict == Allow()


@given(FACTS, TEXTS)
def test_more_addresses_never_hurt_and_fewer_never_help(facts: Facts, more: str) -> None:
    """Who passes goes on to pass with one address more; who fails does not pass with none."""
    if check(facts) == Allow():
        assert check(replace(facts, addresses=facts.addresses | {more})) == Allow()
    else:
        assert check(replace(facts, addresses=frozenset())) != Allow()


@given(st.text(max_size=200))
def test_hostile_values_are_no_addresses(text: str) -> None:
    """Whatever is stored or sent, it is an address or nothing, never an error."""
    found = parse(text)
    assert found is None or parse(str(found)) == found
    assert counted([text]) <= {found}


@given(st.ip_addresses(v=4), st.text("abcdefghij0123456789", min_size=1, max_size=8))
def test_one_address_many_spellings(address: ipaddress.IPv4Address, zone: str) -> None:
    """An IPv4 address in IPv6 is that address, and zones are left out."""
    assert parse(f"::ffff:{address}") == parse(f" {address}") == address
    assert parse(f"::ffff:{address}%{zone}") == address


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "fe80::1", "fe80::1%eth0",
    "169.254.7.7", "0.0.0.0", "::", "224.0.0.1", "ff02::1",
])
def test_what_every_machine_has_never_counts(address: str) -> None:
    """An address of every machine is no proof, also where it is on record; the sentence says so."""
    verdict = check(replace(GOOD, addresses=frozenset({address}), client=address))
    assert isinstance(verdict, Deny)
    assert verdict.reason == "placement_address"
    assert "every machine" in verdict.sentence


@pytest.mark.parametrize(("facts", "reason", "sentence"), [
    (replace(GOOD, has_instance=False), "placement_instance",
     "service web has no instance on node n1.lab, and this registry wants one"),
    (replace(GOOD, has_instance=False, node=""), "placement_instance",
     "service web has no instance on any node, and this registry wants one"),
    (replace(GOOD, client="192.0.2.8"), "placement_address",
     "node n1.lab is not known to have the address 192.0.2.8"),
    (replace(GOOD, client="not an address"), "placement_address",
     "node n1.lab is not known to have the address it came from"),
])
def test_sentences(facts: Facts, reason: str, sentence: str) -> None:
    """A refusal says what is missing, of which service and node."""
    assert check(facts) == Deny(reason, sentence)


@pytest.mark.parametrize(("interface", "everywhere"), [
    ("docker0", True), ("br-0123456789ab", True), ("lo", True), ("lo0", True), ("virbr0", True),
    ("podman1", True), ("cni-podman0", True), ("obr_default", True), ("DOCKER_gwbridge", True),
    ("eth0", False), ("br-ex", False), ("br0", False), ("bond0.12", False), ("local0", False),
    ("", False),
])
def test_interfaces_of_engines(interface: str, everywhere: bool) -> None:
    """The bridges that engines and hypervisors make on each host are told from real interfaces."""
    assert is_everywhere(interface) is everywhere


ACTIONS = st.lists(st.sampled_from(["pull", "push", "delete"]), unique=True).map(tuple)


@given(ACTIONS, ACTIONS, st.one_of(st.none(), ACTIONS))
def test_a_decision_without_actions(
    granted: tuple[str, ...], refused: tuple[str, ...], taken: tuple[str, ...] | None
) -> None:
    """Taking actions away grants nothing, loses nothing, and gives each its reason."""
    scope = Scope(REPOSITORY, "a/b", (*granted, *refused))
    before = Decision(scope, granted, tuple(Refusal(one, "r", "s") for one in refused))
    after = before.without(Deny("gone", "it is gone"), taken)
    lost = [one for one in granted if taken is None or one in taken]
    assert after.granted == tuple(one for one in granted if one not in lost)
    assert after.refusals == (
        *before.refusals, *(Refusal(one, "gone", "it is gone") for one in lost)
    )
    assert after.scope == scope
