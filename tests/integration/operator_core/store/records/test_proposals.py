"""The life of a proposal in MongoDB: one open for each fingerprint, each move made once."""

import asyncio
from datetime import timedelta

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.decisions import Route
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import POLICY, Draft, Proposal, ProposalAction, ShownIn, State
from operator_core.domain.runs import Sight
from operator_core.domain.situations import Scope
from operator_core.errors import NotFound, StaleProposal
from operator_core.policy.reconcile import Published, carry_over
from operator_core.store.records.proposals import Proposals
from support.small_catalogue import NOW, Database, draft, member, ref, stores_with

LATER = NOW + timedelta(days=1)
ALL = tuple(ref(name) for name in "abcd")


async def proposals_in(database: Database) -> Proposals:
    return (await stores_with(database)).proposals


async def run(proposals: Proposals, *drafts: Draft, judged: tuple[ModelRef, ...] = ALL) -> Published:
    """The next day's run, in which these ran."""
    return await proposals.publish(drafts, sight=sight_of(*judged), now=LATER, run_id="R-2")


def sight_of(*ran: ModelRef) -> Sight:
    return Sight(last_runs={one: LATER if one in ran else None for one in ALL})


async def brought_to(proposals: Proposals, state: State, first: Draft) -> Proposal:
    """A proposal that came to this state along the table."""
    proposal = await proposals.insert(first, NOW, "R-1")
    way = {
        State.PENDING: [],
        State.CONFLICTED: [State.APPROVED, State.CONFLICTED],
        State.FAILED: [State.APPROVED, State.FAILED],
    }.get(state, [state])
    for target in way:
        proposal = await proposals.transition(proposal.id, proposal.revision, target, by="U1", at=NOW)
    return proposal


async def test_a_proposal_is_read_back_as_it_was_written(database: Database) -> None:
    proposals = await proposals_in(database)

    written = await proposals.insert(draft(), NOW, "R-1")

    assert written.id == "P-1"
    assert await proposals.get("P-1") == written
    assert await proposals.waiting() == (written,)
    with pytest.raises(NotFound, match="P-9"):
        await proposals.get("P-9")


async def test_a_command_is_known_by_its_own_id(database: Database) -> None:
    proposals = await proposals_in(database)
    command = draft(fingerprint="", scope=None)

    first, second = await proposals.insert(command, NOW), await proposals.insert(command, NOW)

    assert (first.fingerprint, second.fingerprint) == (first.id, second.id)


async def test_of_one_age_they_come_in_the_order_of_their_numbers(database: Database) -> None:
    proposals = await proposals_in(database)
    command = draft(fingerprint="", scope=None)
    for _ in range(11):
        await proposals.insert(command, NOW)

    assert [proposal.id for proposal in await proposals.waiting()] == [f"P-{n}" for n in range(1, 12)]


async def test_ten_runs_at_once_leave_one_open_proposal(database: Database) -> None:
    proposals = await proposals_in(database)

    published = await asyncio.gather(*(run(proposals, draft()) for _ in range(10)))

    [standing] = await proposals.open()
    assert [[one.id for one in told.told] for told in published] == [[standing.id]] * 10
    assert await database["operator_proposals"].count_documents({}) == 1


async def test_counts_and_times_update_without_a_new_revision(database: Database) -> None:
    proposals = await proposals_in(database)
    await run(proposals, draft())

    more = draft(members=tuple(member(name, failures=99) for name in "abc"))
    published = await run(proposals, more)

    (same,) = published.told
    assert same.revision == 1
    assert (await proposals.get(same.id)).members[0].failures == 99


@pytest.mark.parametrize(
    "changed",
    [
        draft("ab"),
        draft(action=ProposalAction.ATTEND),
        draft(members=tuple(member(name, old=True) for name in "abc")),
        draft(members=tuple(member(name, gate="paused") for name in "abc")),
        draft(members=tuple(member(name, route=Route.AUTO) for name in "abc")),
    ],
    ids=["members", "action", "age", "gate", "route"],
)
async def test_what_people_must_judge_raises_the_revision(database: Database, changed: Draft) -> None:
    proposals = await proposals_in(database)
    await run(proposals, draft())

    published = await run(proposals, changed)

    (revised,) = published.told
    assert revised.revision == 2
    assert await proposals.get(revised.id) == revised


@pytest.mark.parametrize("state", [State.CONFLICTED, State.FAILED])
async def test_a_conflict_is_asked_anew_by_the_next_run(database: Database, state: State) -> None:
    proposals = await proposals_in(database)
    before = await brought_to(proposals, state, draft())

    published = await run(proposals, draft())

    (again,) = published.told
    assert (again.state, again.revision) == (State.PENDING, before.revision + 1)
    assert await proposals.get(again.id) == again


async def test_what_is_being_carried_out_is_left_alone(database: Database) -> None:
    proposals = await proposals_in(database)
    approved = await brought_to(proposals, State.APPROVED, draft())

    await run(proposals, draft("a"))
    await run(proposals)

    assert await proposals.get(approved.id) == approved


async def test_a_rejection_is_silent_until_the_evidence_changes_in_kind(database: Database) -> None:
    proposals = await proposals_in(database)
    rejected = await brought_to(proposals, State.REJECTED, draft())

    more = await run(proposals, draft("abcd"))
    assert [(one.id, one.state) for one in more.told] == [(rejected.id, State.REJECTED)]
    assert (await proposals.get(rejected.id)).state == State.REJECTED

    other = await run(proposals, draft("abcd", action=ProposalAction.ATTEND))
    assert [(one.id, one.state) for one in other.told] == [(rejected.id, State.PENDING)]
    assert (await proposals.get(rejected.id)).state == State.PENDING


async def test_a_snooze_ends_at_its_date(database: Database) -> None:
    proposals = await proposals_in(database)
    first = await proposals.insert(draft(), NOW)
    await proposals.transition(
        first.id, 1, State.SNOOZED, by="U1", at=NOW, snoozed_until=LATER - timedelta(minutes=1)
    )

    (woken,) = (await run(proposals, draft())).told

    assert (woken.state, woken.snoozed_until) == (State.PENDING, None)
    assert woken.last_transition is not None
    assert woken.last_transition.reason == "its date came"


async def test_a_snooze_ends_when_the_evidence_changes_and_not_before(database: Database) -> None:
    proposals = await proposals_in(database)
    await brought_to(proposals, State.SNOOZED, draft())

    assert [one.state for one in (await run(proposals, draft())).told] == [State.SNOOZED]
    assert [one.state for one in (await run(proposals, draft("abcd"))).told] == [State.PENDING]


async def test_whoever_took_it_keeps_it_while_it_lasts(database: Database) -> None:
    proposals = await proposals_in(database)
    taken = await brought_to(proposals, State.TAKEN, draft(action=ProposalAction.ATTEND))

    await run(proposals, draft("abcd", action=ProposalAction.ATTEND))
    assert (await proposals.get(taken.id)).state == State.TAKEN

    await run(proposals)
    assert (await proposals.get(taken.id)).state == State.CLEARED


@pytest.mark.parametrize(
    "state", [State.PENDING, State.REJECTED, State.SNOOZED, State.CONFLICTED, State.FAILED]
)
async def test_evidence_that_went_away_clears(database: Database, state: State) -> None:
    proposals = await proposals_in(database)
    before = await brought_to(proposals, state, draft())

    (cleared,) = (await run(proposals)).cleared

    assert (cleared.id, cleared.state) == (before.id, State.CLEARED)
    assert await proposals.by_fingerprint("f1") is None


async def test_a_run_that_did_not_judge_all_members_clears_nothing(database: Database) -> None:
    proposals = await proposals_in(database)
    await run(proposals, draft())

    assert (await run(proposals, judged=ALL[:2])).cleared == ()


async def test_an_outage_of_the_provider_clears_nothing_of_it(database: Database) -> None:
    proposals = await proposals_in(database)
    await run(proposals, draft())
    outage = draft(
        "abc", action=ProposalAction.ATTEND, fingerprint="down", scope=Scope.PROVIDER, kind=Kind.BILLING
    )

    during = await run(proposals, outage)
    assert [one.fingerprint for one in during.told] == ["down"]
    assert during.cleared == ()

    after = await run(proposals)
    assert {one.fingerprint for one in after.cleared} == {"f1", "down"}


async def test_silence_clears_neither_what_was_there_nor_an_outage(database: Database) -> None:
    proposals = await proposals_in(database)
    outage = draft("ab", fingerprint="down", scope=Scope.PROVIDER, action=ProposalAction.ATTEND)
    await run(proposals, draft("ab"), outage)
    silent = draft("b", fingerprint="quiet", scope=Scope.SILENCE, action=ProposalAction.ATTEND)

    assert (await run(proposals, silent)).cleared == ()


async def test_commands_are_never_cleared_by_a_run(database: Database) -> None:
    proposals = await proposals_in(database)
    command = await proposals.insert(draft(fingerprint="", scope=None), NOW)

    await run(proposals)

    assert (await proposals.get(command.id)).state == State.PENDING


async def test_what_was_put_on_hold_during_the_run_is_not_asked(database: Database) -> None:
    stores = await stores_with(database)
    await run(stores.proposals, draft())
    for name in "ab":
        await stores.holds.add(
            HoldDraft.on(ref(name), kind=Kind.HARD_MODEL, by="U1", at=NOW, origin=Origin.UNDID)
        )

    published = await stores.proposals.publish(
        [draft()], sight=sight_of(*ALL), holds=await stores.holds.active(), now=LATER, run_id="R-2"
    )
    assert [(one.refs, one.revision) for one in published.told] == [((ref("c"),), 2)]

    await stores.holds.add(HoldDraft.on(ref("c"), kind=Kind.HARD_MODEL, by="U1", at=NOW, origin=Origin.UNDID))
    published = await stores.proposals.publish(
        [draft()], sight=sight_of(*ALL), holds=await stores.holds.active(), now=LATER, run_id="R-3"
    )
    assert [one.state for one in published.cleared] == [State.CLEARED]


async def test_two_answers_at_once_and_the_second_hears_who_was_first(database: Database) -> None:
    proposals = await proposals_in(database)
    waiting = await proposals.insert(draft(), NOW)

    async def answer(target: State, by: str) -> Proposal:
        return await proposals.transition(waiting.id, 1, target, by=by, at=NOW)

    answers = await asyncio.gather(
        *(answer(State.REJECTED, f"U{i}") for i in range(8)), return_exceptions=True
    )

    (winner,) = [one for one in answers if isinstance(one, Proposal)]
    losers = [one for one in answers if isinstance(one, StaleProposal)]
    assert len(losers) == 7
    assert winner.last_transition is not None
    for loser in losers:
        assert loser.proposal is not None
        assert loser.proposal.last_transition == winner.last_transition
        assert winner.last_transition.by in str(loser)


async def test_an_answer_to_an_outdated_revision_changes_nothing(database: Database) -> None:
    proposals = await proposals_in(database)
    read = (await run(proposals, draft())).told[0]
    newer = (await run(proposals, draft("ab"))).told[0]

    with pytest.raises(StaleProposal, match="changed since you read it") as caught:
        await proposals.transition(read.id, read.revision, State.APPROVED, by="U1", at=NOW)

    assert caught.value.proposal == newer
    assert await proposals.get(read.id) == newer


@pytest.mark.parametrize(
    ("action", "target"),
    [
        (ProposalAction.DISABLE, State.TAKEN),
        (ProposalAction.ATTEND, State.APPROVED),
        (ProposalAction.DISABLE, State.EXECUTED),
        (ProposalAction.DISABLE, State.UNDONE),
    ],
)
async def test_a_move_that_is_not_in_the_table_cannot_be_made(
    database: Database, action: ProposalAction, target: State
) -> None:
    proposals = await proposals_in(database)
    waiting = await proposals.insert(draft(action=action), NOW)

    with pytest.raises(StaleProposal):
        await proposals.transition(waiting.id, 1, target, by="U1", at=NOW)

    assert await proposals.get(waiting.id) == waiting


async def test_messages_that_show_something_older_are_found(database: Database) -> None:
    proposals = await proposals_in(database)
    shown = await proposals.insert(draft(), NOW)
    await proposals.insert(draft(fingerprint="never drawn"), NOW)
    drawn = ShownIn(channel="C1", ts="1.0", revision=1, state=State.PENDING)
    await proposals.record_drawn(shown.id, drawn)
    assert await proposals.needing_redraw() == ()

    rejected = await proposals.transition(shown.id, 1, State.REJECTED, by="U1", at=NOW)
    assert await proposals.needing_redraw() == (rejected,)

    await proposals.record_drawn(shown.id, drawn.model_copy(update={"state": State.REJECTED}))
    assert await proposals.needing_redraw() == ()
    assert len((await proposals.get(shown.id)).drawn) == 1

    await proposals.forget_drawn(shown.id, "C1", "1.0")
    assert (await proposals.get(shown.id)).drawn == ()


async def test_a_card_drawn_while_a_run_revises_is_not_forgotten(database: Database) -> None:
    proposals = await proposals_in(database)
    shown = await proposals.insert(draft(), NOW)
    drawn = [ShownIn(channel="C1", ts=f"{i}.0", revision=1, state=State.PENDING) for i in range(5)]

    await asyncio.gather(
        *(proposals.record_drawn(shown.id, one) for one in drawn),
        *(proposals.put(draft("abcd"[: i + 1]), now=LATER, run_id=f"R-{i}") for i in range(4)),
    )

    assert {one.ts for one in (await proposals.get(shown.id)).drawn} == {one.ts for one in drawn}


async def test_what_policy_left_is_put_to_people_under_the_same_fingerprint(database: Database) -> None:
    proposals = await proposals_in(database)
    first = await proposals.insert(draft(provider_enabled=19), NOW)
    done = await proposals.transition(first.id, 1, State.APPROVED, by=POLICY, at=NOW, approved=[ref("a")])
    done = await proposals.transition(first.id, 1, State.EXECUTED, by=POLICY, at=NOW)

    rest = carry_over(done, {})

    assert rest is not None
    asked = await proposals.put(rest, now=NOW, run_id="R-1")
    assert (asked.id, asked.refs, asked.fingerprint) == ("P-2", (ref("b"), ref("c")), "f1")
    assert asked.provider_enabled == 18


async def test_what_a_person_unticked_is_not_carried_over(database: Database) -> None:
    proposals = await proposals_in(database)
    first = await proposals.insert(draft(), NOW)
    approved = await proposals.transition(first.id, 1, State.APPROVED, by="U1", at=NOW, approved=[ref("a")])

    assert carry_over(approved, {}) is None
