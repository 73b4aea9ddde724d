"""Names that were retired stay retired: one word has one sense, and a newcomer guesses it right."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pytest

from support.source import Function, Module, imports, modules

What = Literal["class", "module", "function", "parameter", "local", "constant"]


@dataclass(frozen=True)
class Retired:
    """A name that has gone."""

    what: What
    name: str
    instead: str
    why: str
    allowed_in: str = "nowhere"
    """Modules under this one mean something else by it."""

    def __str__(self) -> str:
        return f"{self.what} {self.name}: rather {self.instead} ({self.why})"


SAYS_NOTHING = "it says nothing to a newcomer"
ONE_SENSE = "the word had several senses"
RETIRED = (
    Retired("class", "House", "Resources", SAYS_NOTHING),
    Retired("class", "Operations", "UseCases", "the field's word"),
    Retired("class", "Survey", "ProviderHealth", SAYS_NOTHING),
    Retired("class", "Track", "RecentActivity", SAYS_NOTHING),
    Retired("class", "Ground", "Objections", SAYS_NOTHING),
    Retired("class", "Case", "AffectedModel", "a case is a test case too"),
    Retired("class", "Move", "Transition", "moved had four senses"),
    Retired("constant", "MOVES", "TRANSITIONS", "moved had four senses"),
    Retired("class", "Board", "Cards", SAYS_NOTHING),
    Retired("class", "Page", "DigestContent", ONE_SENSE, allowed_in="sandbox.catalogue"),
    Retired("class", "Drawn", "ShownIn", SAYS_NOTHING),
    Retired("class", "Seen", "EarlierRevision", SAYS_NOTHING),
    Retired("class", "Measured", "PlatformModel", SAYS_NOTHING),
    Retired("class", "Unread", "DiscoveryInputs", "read or not, it says not what"),
    Retired("class", "Market", "OfferIndex", SAYS_NOTHING),
    Retired("class", "Copy", "Snapshot", "a copy of what?"),
    Retired("class", "Leaving", "Departure", "a class is a noun"),
    Retired("class", "Settled", "the reference and its verdict", "it repeated a decision"),
    Retired("class", "Held", "HoldDraft", "a hold is a person's word"),
    Retired("class", "Acted", "ApproverAction", SAYS_NOTHING),
    Retired("class", "Visitors", "People", "those who act are no visitors"),
    Retired("class", "OperatorState", "Claims, Switches, People, StateRecords", "one raw door for all"),
    Retired("class", "Leak", "KeyLeak", "one thing had two classes"),
    Retired("constant", "Result.HELD", "Result.SKIPPED", "a hold is a person's word"),
    Retired("module", "applying", "models_writer", "a module is what it holds"),
    Retired("module", "settling", "aftermath", "a module is what it holds"),
    Retired("module", "wishes", "manual_switch", "a module is what it holds"),
    Retired("module", "statements", "provider_message", "a module is what it holds"),
    Retired("module", "publishing", "reconcile", "a module is what it does"),
    Retired("module", "refusals", "slack.errors", "a module is what it holds"),
    Retired("module", "visitors", "people", "a module is what it holds"),
    Retired("module", "homes", "app_home", "Slack's word"),
    Retired("module", "watch", "incidents", "a module is what it holds"),
    Retired("module", "discovering", "discovery_job", "a module is what it holds"),
    Retired("module", "undoing", "undo", "a listener is named as its button"),
    Retired("module", "switches", "pause", "a listener is named as its button", "operator_core"),
    Retired("module", "daily", "digest", "a command's file is named as the command"),
    Retired("module", "look", "analyze, pending, history", "a command's file is named as the command"),
    Retired("module", "act", "execute, undo", "a command's file is named as the command"),
    Retired("module", "shapes", "the core's own values", "its protocols mirrored them"),
    Retired("function", "told", "errors_told", "a name says what it does"),
    Retired("function", "plainly", "slack_errors_explained", "a name says what it does"),
    Retired("function", "why", "slack_error_code", "a name says what it does"),
    Retired("function", "stored", "raises_store_unavailable", "a name says what it does"),
    Retired("function", "reading", "raises_facts_unreadable", "a name says what it does"),
    Retired("function", "wish", "a verb that says what is proposed", SAYS_NOTHING),
    Retired("function", "survey", "provider_health", SAYS_NOTHING),
    Retired("function", "moved", "evidence_changed", "moved had four senses"),
    Retired("function", "may_move", "may_transition", "moved had four senses"),
    Retired("function", "page_for", "what it makes", ONE_SENSE),
    Retired("parameter", "actor", "by", "the same person had two names"),
    Retired("parameter", "house", "resources", SAYS_NOTHING),
    Retired("parameter", "operations", "use_cases", "the field's word"),
    Retired("parameter", "survey", "health", SAYS_NOTHING),
    Retired("parameter", "track", "activity", SAYS_NOTHING),
    Retired("parameter", "ground", "inputs", SAYS_NOTHING),
    Retired("local", "found", "the noun", "found what?"),
    Retired("local", "known", "the noun", "known what?"),
)


@dataclass(frozen=True)
class Name:
    """A name that a module gives to something."""

    what: What
    name: str
    module: str
    where: str


def test_every_name_is_retired_once() -> None:
    pairs = [(retired.what, retired.name) for retired in RETIRED]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("retired", RETIRED, ids=lambda retired: f"{retired.what}-{retired.name}")
def test_a_retired_name_is_not_used_again(retired: Retired) -> None:
    again = [
        name.where
        for name in names().get((retired.what, retired.name), ())
        if not f"{name.module}.".startswith(f"{retired.allowed_in}.")
    ]
    assert not again, "\n".join([str(retired), *again])


@cache
def names() -> dict[tuple[What, str], list[Name]]:
    """All names that the product's modules give, and those that they have."""
    given: dict[tuple[What, str], list[Name]] = {}
    for module in modules():
        for name in dict.fromkeys(names_in(module)):
            given.setdefault((name.what, name.name), []).append(name)
    return given


def names_in(module: Module) -> Iterator[Name]:
    def named(what: What, name: str, where: str) -> Name:
        return Name(what, name, module.name, where)

    yield named("module", module.name.rpartition(".")[2], str(module.path))
    for statement in imports(module):
        aliases = [alias for alias in statement.names if alias.asname]
        yield from (named("module", str(alias.asname), module.at(alias)) for alias in aliases)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            yield named("class", node.name, module.at(node))
            yield from (named("constant", f"{node.name}.{one.id}", module.at(one)) for one in assigned(node))
        elif isinstance(node, Function):
            yield named("function", node.name, module.at(node))
            yield from (named("local", one.id, module.at(one)) for one in assigned(node))
        elif isinstance(node, ast.arg):
            yield named("parameter", node.arg, module.at(node))
    yield from (named("constant", one.id, module.at(one)) for one in assigned(module.tree))


def assigned(scope: ast.AST) -> Iterator[ast.Name]:
    """What gets a value there, in loops and comprehensions too."""
    given = (node for node in ast.walk(scope) if isinstance(node, ast.Name))
    return (name for name in given if isinstance(name.ctx, ast.Store))
