"""The evaluator: a loop over the rules of a row; what no row allows is denied."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..names import RepositoryName
from ..scopes import ALL, CATALOG, REGISTRY, REPOSITORY, Scope
from . import table
from .model import ALLOW, Deny, OwnerFacts, Principal, Question, Registry, Verdict
from .rules import Rule

_NO_RULE = Deny("no_rule", "nothing in the policy allows this")
_BAD_NAME = Deny("bad_name", "this is not a valid repository name")
_BAD_TYPE = Deny("unknown_type", "this type of resource is not known")
_BAD_ACTION = Deny("unknown_action", "this action is not known")


@dataclass(frozen=True)
class Refusal:
    """An action that was asked and not granted, and why."""

    action: str
    reason: str
    sentence: str


@dataclass(frozen=True)
class Decision:
    """What became of one scope; ``granted`` in the order asked."""

    scope: Scope
    granted: tuple[str, ...]
    refusals: tuple[Refusal, ...]

    def without(self, deny: Deny, actions: Collection[str] | None = None) -> Decision:
        """The same with granted actions taken away: all, or those that are named."""
        lost = [one for one in self.granted if actions is None or one in actions]
        return Decision(
            self.scope,
            tuple(one for one in self.granted if one not in lost),
            (*self.refusals, *(Refusal(one, deny.reason, deny.sentence) for one in lost)),
        )


def decide(
    principal: Principal,
    registry: Registry,
    scope: Scope,
    repository: RepositoryName | None,
    owner: OwnerFacts | None,
) -> Decision:
    """Decide one scope of a request.

    :param repository: ``names.parse(scope.name)``; None where the name is invalid.
    :param owner: whom a reserved name belongs to; None for other names.
    """
    question = Question(principal, registry, repository, owner)
    if scope.type == REPOSITORY:
        if repository is None:
            return _refuse_all(scope, _BAD_NAME)
        actions = _expand(scope.actions)
        return _collect(scope, ((a, decide_action(question, a)) for a in actions))
    if scope.type == REGISTRY and scope.name == CATALOG:
        return _collect(scope, ((a, _decide_catalog(question, a)) for a in scope.actions))
    return _refuse_all(scope, _BAD_TYPE)


def decide_action(question: Question, action: str) -> Verdict:
    """Decide one action on the repository of the question."""
    if action not in table.REPOSITORY_ACTIONS:
        return _BAD_ACTION
    repository = question.repository
    if repository is None:
        return _BAD_NAME
    row = (repository.namespace, action, question.principal.kind)
    return _verify(question, table.REPOSITORIES.get(row, ()))


def _decide_catalog(question: Question, action: str) -> Verdict:
    if action not in table.CATALOG_ACTIONS:
        return _BAD_ACTION
    return _verify(question, table.CATALOG.get((action, question.principal.kind), ()))


def _verify(question: Question, rules: tuple[Rule, ...]) -> Verdict:
    if not rules:
        return _NO_RULE
    for rule in rules:
        verdict = rule.verify(question)
        if isinstance(verdict, Deny):
            return verdict
    return ALLOW


def _expand(actions: tuple[str, ...]) -> tuple[str, ...]:
    """Replace ``*``, which a registry takes for everything, by the actions it stands for."""
    if ALL not in actions:
        return actions
    return tuple(dict.fromkeys((*(a for a in actions if a != ALL), *table.REPOSITORY_ACTIONS)))


def _collect(scope: Scope, verdicts: Iterable[tuple[str, Verdict]]) -> Decision:
    granted: list[str] = []
    refusals: list[Refusal] = []
    for action, verdict in verdicts:
        if isinstance(verdict, Deny):
            refusals.append(Refusal(action, verdict.reason, verdict.sentence))
        else:
            granted.append(action)
    return Decision(scope, tuple(granted), tuple(refusals))


def _refuse_all(scope: Scope, deny: Deny) -> Decision:
    refusals = tuple(Refusal(a, deny.reason, deny.sentence) for a in scope.actions)
    return Decision(scope, (), refusals or (Refusal("", deny.reason, deny.sentence),))
