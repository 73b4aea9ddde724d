"""Every model stands in exactly one place, and each change of a day is somebody's: for random platforms."""

from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from operator_core.diagnosis.partition import (
    ALONE,
    APPROVED,
    COMMANDED,
    ELSEWHERE,
    TAKEN_BACK,
    Place,
    differences,
    partition,
)
from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Image, Result
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import POLICY, State
from operator_core.domain.runs import Run
from operator_core.domain.situations import Scope
from support.any_platform import PROVIDERS, off, platforms, proposals, run_of, running
from support.view_values import ANA, change, entry

PLACES = {
    "answering": Place.ANSWERING,
    "down": Place.DOWN,
    "silent": Place.DOWN,
    "asked": Place.ASKED,
    "flagged": Place.ASKED,  # whatever it answered before
    "rejected": Place.ON_HOLD,
    "held": Place.ON_HOLD,
    "ours": Place.OURS,
    "flapping": Place.WATCHED,
    "idle": Place.WATCHED,
    "off": Place.SWITCHED_OFF,
}


@given(platforms)
def test_every_model_stands_in_exactly_one_place_and_the_numbers_sum(platform: dict[ModelRef, str]) -> None:
    found = partition(run_of(platform), running(platform), proposals(platform), off(platform))
    assert set(found.where) == set(platform)
    assert sum(found.count(place) for place in Place) == len(platform)
    assert found.running == len(running(platform))
    out = {ref.provider for ref, fate in platform.items() if fate == "down"}
    for ref, fate in platform.items():
        held_in_an_outage = fate in {"held", "rejected"} and ref.provider in out
        assert found.where[ref][0] == (Place.DOWN if held_in_an_outage else PLACES[fate])


@given(platforms)
def test_each_proposal_accounts_for_its_own_models(platform: dict[ModelRef, str]) -> None:
    standing = proposals(platform)
    found = partition(run_of(platform), running(platform), standing, off(platform))
    of_outages = {p.provider: p.id for p in standing if p.scope == Scope.PROVIDER}
    for one in standing:
        if one.state != State.REJECTED and one.id not in of_outages.values():
            assert sum(found.count(place, one.id) for place in Place) == len(one.members)
    by_proposal = Counter(of for place, of in found.where.values() if place == Place.DOWN)
    assert "" not in by_proposal, "what is down stands in a line of the page"


@given(platforms, st.data())
@settings(max_examples=50)
def test_what_was_enabled_since_the_look_is_watched_and_what_was_disabled_stands_nowhere(
    platform: dict[ModelRef, str], data: st.DataObject
) -> None:
    assume(running(platform))
    gone = {ref for ref in running(platform) if data.draw(st.booleans())}
    new = {ModelRef(provider="new", model_id=f"n-{n}") for n in range(data.draw(st.integers(0, 3)))}
    found = partition(run_of(platform), (running(platform) - gone) | new, proposals(platform))
    assert set(found.where) == (running(platform) - gone) | new
    assert {found.where[ref][0] for ref in new} <= {Place.WATCHED}


@given(platforms)
def test_a_stored_look_counts_as_answering_what_it_saw_answer_and_an_older_one_what_it_saw_fail_not(
    platform: dict[ModelRef, str],
) -> None:
    """As it comes back from the database, where its sight isn't kept."""
    stored = Run.model_validate(run_of(platform).model_dump())
    never_ran, added, enabled = (ModelRef(provider="groq", model_id=name) for name in ("x", "y", "z"))
    now = {*running(platform), never_ran, added, enabled}
    found = partition(stored, now, proposals(platform), held=[enabled])
    answering = {ref for ref, fate in platform.items() if fate == "answering"}
    assert found.at(Place.ANSWERING) == answering
    assert {never_ran, added} <= found.at(Place.WATCHED)
    assert found.where[enabled][0] in {Place.ON_HOLD, Place.DOWN}
    older = partition(stored.model_copy(update={"answered": None}), running(platform), proposals(platform))
    assert older.at(Place.ANSWERING) == answering


def test_a_limited_look_speaks_of_its_providers_only() -> None:
    platform = {ModelRef(provider=p, model_id="m-1"): "answering" for p in PROVIDERS}
    found = partition(run_of(platform, limited_to=("groq",)), running(platform), ())
    assert [ref.provider for ref in found.where] == ["groq"]


models = st.builds(ModelRef, provider=st.sampled_from(PROVIDERS), model_id=st.sampled_from(["a", "b", "c"]))
AUTHORS = {"policy": POLICY, "person": ANA, "command": ANA, "undo": ANA}


@st.composite
def journals(draw: st.DrawFn) -> list[JournalEntry]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(sorted(AUTHORS)))
        changes = []
        for ref in draw(st.sets(models, max_size=3)):
            on = draw(st.booleans())
            done = change(ref, draw(st.sampled_from([Result.DONE, Result.CONFLICT, Result.PENDING])))
            enabled = {"before": Image(values={"enabled": not on}), "after": Image(values={"enabled": on})}
            changes.append(done.model_copy(update=enabled))
        made.append(
            entry(
                0,
                id_=f"J-{number}",
                by=AUTHORS[kind],
                proposal_id="P-command" if kind == "command" else "P-run",
                undo_of="J-0" if kind == "undo" else None,
                changes=tuple(changes),
            )
        )
    return made


@given(st.sets(models), st.sets(models), journals())
def test_each_stated_change_is_real_and_the_journal_says_whose_it_is(
    before: set[ModelRef], now: set[ModelRef], entries: list[JournalEntry]
) -> None:
    found = differences(before, now, entries, {"P-command"})
    stated = [ref for refs in (*found.off.values(), *found.on.values()) for ref in refs]
    assert Counter(stated) == Counter(before ^ now), "each once, and nothing else"
    for way, changes in ((-1, found.off), (1, found.on)):
        for whose, refs in changes.items():
            for ref in refs:
                ours = [
                    (one, made)
                    for one in entries
                    for made in one.changes
                    if made.ref == ref and made.result == Result.DONE
                ]
                if whose == ELSEWHERE:
                    assert not ours or ours[-1][1].enables != way
                    continue
                last, made = ours[-1]
                assert made.enables == way
                assert {
                    ALONE: last.automatic and not last.undo_of,
                    APPROVED: last.proposal_id == "P-run",
                    COMMANDED: last.proposal_id == "P-command",
                    TAKEN_BACK: last.undo_of is not None,
                }[whose]


def test_what_we_did_and_somebody_outside_took_back_again_is_theirs() -> None:
    ref = ModelRef(provider="groq", model_id="a")
    switched_off = entry(0, by=POLICY, changes=(change(ref),))
    assert differences({ref}, set(), [switched_off]).off == {ALONE: (ref,)}
    assert differences(set(), {ref}, [switched_off]).on == {ELSEWHERE: (ref,)}
    assert differences({ref}, {ref}, [switched_off]).off == {}


@pytest.mark.parametrize("first", ["outage", "silence"])
def test_a_model_that_is_silent_by_now_stands_under_its_silence_and_no_longer_under_the_outage(
    first: str,
) -> None:
    """Also where the outage's proposal names it still: nobody saw it answer."""
    refs = [ModelRef(provider="groq", model_id=f"m-{n}") for n in range(5)]
    platform = {ref: "silent" if n == 4 else "down" for n, ref in enumerate(refs)}
    outage, silence = proposals(platform)
    outage = outage.model_copy(update={"members": (*outage.members, *silence.members)})
    standing = (outage, silence) if first == "outage" else (silence, outage)
    found = partition(run_of(platform), running(platform), standing)
    assert found.count(Place.DOWN, outage.id) == 4
    assert found.count(Place.DOWN, silence.id) == 1


@pytest.mark.parametrize("gone", [1, 2, 4])
def test_a_model_that_is_gone_by_now_is_asked_about_and_no_longer_counted_under_the_outage(gone: int) -> None:
    """The outage's proposal names it still, as it named it when it failed as the others did."""
    refs = [ModelRef(provider="x&y", model_id=f"m-{n}") for n in range(9)]
    platform = {ref: "asked" if n < gone else "down" for n, ref in enumerate(refs)}
    outage, card = sorted(proposals(platform), key=lambda p: p.scope != Scope.PROVIDER)
    outage = outage.model_copy(update={"members": (*outage.members, *card.members)})
    found = partition(run_of(platform), running(platform), (outage, card))
    assert found.count(Place.ASKED, card.id) == gone
    assert found.count(Place.DOWN, outage.id) == len(refs) - gone
