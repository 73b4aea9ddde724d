"""What a run's evidence does to what is asked already: each way out, and each that it stays."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Route
from operator_core.domain.holds import Hold, Origin
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import POLICY, Draft, Member, Proposal, ProposalAction, State, Transition
from operator_core.domain.runs import Sight
from operator_core.domain.situations import Scope
from operator_core.policy.reconcile import asked_from_now, carry_over, last_seen, reaction
from support.evidence import NOW, ago, ref

LATER = "R-x.9"
HOUR = timedelta(hours=1)


def member(name: str, **said: Any) -> Member:
    usual = {"last_failure": ago(2), "last_success": ago(200)}
    return Member(**{"ref": ref(name), "enabled": True, **usual, **said})


def asked(*names: str, state: State = State.PENDING, **said: Any) -> Proposal:
    usual: dict[str, Any] = {
        "id": "P-1",
        "fingerprint": "f1",
        "action": ProposalAction.DISABLE,
        "provider": "groq",
        "scope": Scope.PATTERN,
        "kind": Kind.HARD_MODEL,
        "members": tuple(member(name) for name in names),
        "suggested_by": "gpt-5.2",
        "provider_enabled": 9,
        "created_at": ago(30),
        "updated_at": ago(30),
        "state": state,
        "run_id": "R-x.5",
    }
    return Proposal(**usual | said)


def drafted(*names: str, **said: Any) -> Draft:
    return Draft(**asked(*names).asked | said)


def moved(target: State, by: str = "U1", **said: Any) -> Transition:
    return Transition(source=State.PENDING, target=target, by=by, at=ago(1), **said)


# reaction


@pytest.mark.parametrize(
    ("state", "run_id", "reacts"),
    [
        (State.PENDING, LATER, True),
        (State.PENDING, "R-x.5", True),
        (State.PENDING, "R-x.4", False),
        (State.APPROVED, LATER, False),
        (State.REJECTED, LATER, True),
    ],
)
def test_what_is_carried_out_or_of_a_later_run_is_left_alone(state: State, run_id: str, reacts: bool) -> None:
    assert (reaction(asked("a", state=state), drafted("a"), NOW, run_id) is not None) is reacts


OTHER_KIND = {"kind": Kind.AUTH}
OTHER_ACTION = {"action": ProposalAction.RENAME}


@pytest.mark.parametrize(
    ("state", "said", "why"),
    [
        (State.CONFLICTED, {}, "looked at again"),
        (State.FAILED, {}, "looked at again"),
        (State.REJECTED, {}, ""),
        (State.TAKEN, {}, ""),
        (State.REJECTED, OTHER_KIND, "the evidence changed in kind"),
        (State.TAKEN, OTHER_ACTION, "the evidence changed in kind"),
        (State.PENDING, OTHER_KIND, ""),
        (State.SNOOZED, {}, ""),
        (State.SNOOZED, OTHER_KIND, "the evidence changed"),
    ],
)
def test_it_is_asked_anew_where_there_is_news(state: State, said: dict[str, object], why: str) -> None:
    before = asked("a", state=state, approved=(ref("a"),))
    after = reaction(before, drafted("a", **said), NOW, LATER)
    assert after is not None
    reopened = [(m.source, m.target, m.by, m.at, m.reason) for m in after.moves]
    assert reopened == ([(state, State.PENDING, POLICY, NOW, why)] if why else [])
    assert after.state == (State.PENDING if why else state)
    assert after.approved == (() if why else (ref("a"),))
    assert after.revision == 1 + (bool(said) or state in {State.CONFLICTED, State.FAILED})


@pytest.mark.parametrize(
    ("until", "opens"),
    [(NOW, True), (NOW + HOUR, False), (NOW - HOUR, True), (None, False)],
)
def test_what_was_put_off_comes_up_when_its_date_comes(until: datetime | None, opens: bool) -> None:
    after = reaction(asked("a", state=State.SNOOZED, snoozed_until=until), drafted("a"), NOW, LATER)
    assert after is not None
    assert [one.reason for one in after.moves] == ["its date came"] * opens
    assert after.snoozed_until == (None if opens else until)
    assert after.revision == 1


# asked_from_now


def sight(*seen: str, unseen: Sequence[str] = (), **said: Any) -> Sight:
    """`seen`: with a newer result than the evidence; `unseen`: still run, without a result in the window."""
    last_runs: dict[ModelRef, datetime | None] = {ref(name): ago(1) for name in seen}
    return Sight(last_runs=last_runs | {ref(name): None for name in unseen}, **said)


def hold(name: str, **said: Any) -> Hold:
    return Hold(id="H-1", **ref(name).model_dump(), by="U1", at=NOW, origin=Origin.UNDID, **said)


def unchanged(*names: str) -> Sight:
    """Still run, and no newer result than the evidence."""
    return Sight(last_runs={ref(name): ago(2) for name in names})


def result(
    standing: Proposal, drafts: Sequence[Draft], seen: Sight, *holds: Hold
) -> tuple[list[list[str]], bool]:
    """Whom each draft names, and whether the proposal is gone."""
    now_asked, gone = asked_from_now([standing], drafts, seen, holds)
    assert gone in ((), (standing,))
    return [[one.ref.model_id for one in draft.members] for draft in now_asked], bool(gone)


def test_without_a_draft_it_is_gone_once_it_was_seen_what_became_of_each() -> None:
    assert result(asked("a", "b"), [], sight("a", "b")) == ([], True)
    assert result(asked("a", "b"), [], unchanged("a", "b")) == ([], False)
    assert result(asked("a", "b"), [], Sight(last_runs={ref("b"): ago(2)})) == ([["b"]], False)
    assert result(asked("a"), [], Sight()) == ([], True), "the catalogue has it run no more"


@pytest.mark.parametrize("state", [State.PENDING, State.CONFLICTED, State.FAILED])
def test_what_waits_goes_when_it_is_on_hold(state: State) -> None:
    standing = asked("a", "b", state=state)
    assert result(standing, [], unchanged("a", "b"), hold("a")) == ([["b"]], False)
    assert result(standing, [], unchanged("a", "b"), hold("a"), hold("b")) == ([], True)
    assert result(standing, [], unchanged("a", "b"), hold("a", kind=Kind.AUTH)) == ([], False)
    assert result(standing, [drafted("a", "b")], sight("a", "b"), hold("a"), hold("b")) == ([], True)


@pytest.mark.parametrize("state", [State.REJECTED, State.SNOOZED, State.TAKEN])
def test_what_was_answered_stays_though_it_is_on_hold(state: State) -> None:
    standing = asked("a", state=state)
    assert result(standing, [], unchanged("a"), hold("a")) == ([], False)
    assert result(standing, [drafted("a")], sight("a"), hold("a")) == ([], False), "it was drawn up"
    assert result(standing, [], sight("a")) == ([], True)


def test_what_is_carried_out_is_never_gone() -> None:
    assert result(asked("a", state=State.APPROVED), [], sight("a")) == ([], False)


def test_what_another_draft_names_is_asked_there() -> None:
    other = drafted("a", fingerprint="f2", provider="groq")
    assert result(asked("a"), [other], unchanged("a")) == ([["a"]], True)
    assert result(asked("a", "b"), [other], unchanged("a", "b")) == ([["a"], ["b"]], False)


def test_a_draft_keeps_the_members_that_faded_from_sight() -> None:
    new = drafted("a")
    assert result(asked("a", "b"), [new], unchanged("b")) == ([["a", "b"]], False)
    assert result(asked("a", "b"), [new], sight("b")) == ([["a"]], False)
    assert result(asked("a", "b"), [new], unchanged("b"), hold("b")) == ([["a"]], False)
    held = sight(held=frozenset({ref("b")}))
    assert result(asked("a", "b"), [new], held) == ([["a"]], False), "in trouble, but on hold"
    assert result(asked("a", "b"), [], held) == ([], True), "nor without a draft is anybody asked about it"
    assert result(asked("a", "b", "c"), [], sight("c", held=frozenset({ref("b")}))) == ([], True)
    rejected = asked("a", "b").model_copy(update={"state": State.REJECTED})
    assert result(rejected, [], held) == ([["b"]], False), "what somebody answered keeps its members"


@pytest.mark.parametrize("finding", ["spelling-x", "unlisted-groq", "aggregator-x"])
def test_what_is_found_about_the_catalogue_goes_with_any_look_at_all_of_it(finding: str) -> None:
    standing = asked("a", fingerprint=finding, scope=None, kind=None)
    assert result(standing, [], unchanged("a")) == ([], True)
    assert result(standing, [], unchanged("a").model_copy(update={"limited_to": ("groq",)})) == ([], False)
    away = unchanged("a").model_copy(update={"away": frozenset({"groq"})})
    assert result(standing, [], away) == ([], False)


def test_a_look_at_one_provider_says_of_its_own_trouble_what_became_of_it() -> None:
    assert result(asked("a"), [], sight("a", limited_to=("groq",))) == ([], True)
    assert result(asked("a"), [], sight("a", limited_to=("openai",))) == ([], False)


def test_a_commands_or_reviews_is_left_alone() -> None:
    assert result(asked("a", scope=None, kind=None, fingerprint="P-1"), [], sight("a")) == ([], False)


@pytest.mark.parametrize(
    ("scope", "drafts", "gone"),
    [
        (Scope.PATTERN, [drafted("x", fingerprint="o", scope=Scope.PROVIDER)], False),
        (Scope.PATTERN, [drafted("x", fingerprint="o", scope=Scope.PROVIDER, provider="openai")], True),
        (Scope.PATTERN, [drafted("x", fingerprint="o")], True),
        (Scope.PROVIDER, [drafted("x", fingerprint="o", scope=Scope.PROVIDER)], True),
        (Scope.FLAGGED, [drafted("x", fingerprint="o", scope=Scope.PROVIDER)], True),
        (Scope.PATTERN, [drafted("a", fingerprint="o", scope=Scope.SILENCE)], False),
        (Scope.PROVIDER, [drafted("a", fingerprint="o", scope=Scope.SILENCE)], False),
        (Scope.FLAGGED, [drafted("a", fingerprint="o", scope=Scope.SILENCE)], True),
        (Scope.SILENCE, [drafted("a", fingerprint="o", scope=Scope.SILENCE)], True),
        (Scope.PATTERN, [drafted("x", fingerprint="o", scope=Scope.SILENCE)], True),
        (Scope.PATTERN, [drafted("x", fingerprint="o", scope=Scope.SILENCE, following=1)], False),
        (Scope.PATTERN, [drafted("x", fingerprint="o", following=1)], True),
    ],
)
def test_an_outage_or_silence_hides_what_was_there_before(
    scope: Scope, drafts: list[Draft], gone: bool
) -> None:
    _, over = result(asked("a", scope=scope), drafts, sight("a"))
    assert over is gone


# last_seen

AUTOMATIC = {"route": Route.AUTO, "alone": True}
NO_RUNS = "it had no runs within the last 30 days"


@pytest.mark.parametrize(
    ("said", "seen", "expected"),
    [
        ({}, sight(unseen=["a"]), (Route.ASK, "", False, 30)),
        ({"gate": "x"}, sight(unseen=["a"]), (Route.ASK, "x", False, 30)),
        (AUTOMATIC, sight(unseen=["a"]), (Route.ASK, NO_RUNS, False, 30)),
        ({"route": Route.AUTO}, sight(unseen=["a"]), (Route.ASK, NO_RUNS, False, 30)),
        ({"alone": True}, sight(unseen=["a"]), (Route.ASK, NO_RUNS, False, 30)),
        (AUTOMATIC, sight("a"), (Route.AUTO, "", True, None)),
        (AUTOMATIC, Sight(), (Route.AUTO, "", True, None)),
    ],
)
def test_nothing_is_done_alone_about_a_model_without_runs(
    said: dict[str, Any], seen: Sight, expected: tuple[Route, str, bool, int | None]
) -> None:
    (one,) = last_seen(asked("a"), [member("a", **said)], seen).members
    assert (one.route, one.gate, one.alone, one.unseen_days) == expected


def test_what_changed_by_its_fading_is_told_and_what_did_not_is_not() -> None:
    assert result(asked("a"), [], sight(unseen=["a"])) == ([["a"]], False)
    faded = asked("a").model_copy(update={"members": (member("a", unseen_days=30),)})
    assert result(faded, [], sight(unseen=["a"])) == ([], False)


# carry_over

PAUSED = "stopped by a pause"
CARRIED: dict[str, tuple[Proposal, dict[ModelRef, str], list[tuple[str, str]], int]] = {
    "all was done": (
        asked("a", "b", moves=(moved(State.APPROVED),), approved=(ref("a"), ref("b"))),
        {},
        [],
        0,
    ),
    "a person unticked one": (
        asked("a", "b", moves=(moved(State.APPROVED),), approved=(ref("a"),)),
        {},
        [],
        0,
    ),
    "policy left one": (
        asked("a", "b", moves=(moved(State.APPROVED, POLICY),), approved=(ref("a"),)),
        {},
        [("b", "")],
        8,
    ),
    "the rest waits": (
        asked("a", "b", moves=(moved(State.APPROVED, rest_waits=True),), approved=(ref("a"),)),
        {},
        [("b", "")],
        8,
    ),
    "additions that were not picked": (
        asked("a", "b", action=ProposalAction.ADD, moves=(moved(State.APPROVED),), approved=(ref("a"),)),
        {},
        [("b", "")],
        8,
    ),
    "one was stopped": (
        asked("a", "b", moves=(moved(State.APPROVED),), approved=(ref("a"), ref("b"))),
        {ref("b"): PAUSED},
        [("b", PAUSED)],
        8,
    ),
    "all were stopped": (
        asked("a", moves=(moved(State.APPROVED, POLICY),), approved=(ref("a"),)),
        {ref("a"): PAUSED},
        [("a", PAUSED)],
        9,
    ),
    "approved by policy, by a person since": (
        asked("a", "b", moves=(moved(State.APPROVED, POLICY), moved(State.APPROVED)), approved=(ref("a"),)),
        {},
        [],
        0,
    ),
    "policy did it, and a person then took it back": (
        asked("a", "b", moves=(moved(State.APPROVED, POLICY), moved(State.UNDONE)), approved=(ref("a"),)),
        {},
        [("b", "")],
        8,
    ),
    "more were approved than run": (
        asked("a", "b", moves=(moved(State.APPROVED, POLICY),), approved=(ref("a"),), provider_enabled=0),
        {},
        [("b", "")],
        0,
    ),
    "nobody approved it": (asked("a"), {}, [], 0),
    "nobody approved it, and it was stopped": (asked("a"), {ref("a"): PAUSED}, [("a", PAUSED)], 9),
}


@pytest.mark.parametrize("name", CARRIED)
def test_what_an_approval_left_open_is_asked(name: str) -> None:
    proposal, undone, left, enabled = CARRIED[name]
    rest = carry_over(proposal, undone)
    assert [(one.ref.model_id, one.gate) for one in rest.members] == left if rest else left == []
    assert rest is None or rest.provider_enabled == enabled


def test_what_was_stopped_is_asked_and_what_was_left_stays_as_it_was() -> None:
    members = (member("a", route=Route.AUTO), member("b", route=Route.AUTO, alone=True))
    proposal = asked(moves=(moved(State.APPROVED, POLICY),), approved=(ref("a"),), members=members)
    rest = carry_over(proposal, {ref("a"): PAUSED})
    assert rest is not None
    assert [one.route for one in rest.members] == [Route.ASK, Route.AUTO]
