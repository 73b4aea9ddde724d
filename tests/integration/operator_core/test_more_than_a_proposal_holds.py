"""Thousands of models with one trouble: a proposal holds 500, and the rest follows when these are done."""

from datetime import timedelta

import pytest

from bot.slack.views import evidence
from operator_core.domain.proposals import Draft, Member, ProposalAction, State
from operator_core.domain.situations import Scope
from operator_core.execution import manual_switch
from operator_core.execution.executor import Executor
from operator_core.policy.drafts import MOST_MEMBERS, within_bounds
from support.small_catalogue import NOW, Clock, Database, document, draft, member, stores_with

MANY = 1100


def failing(number: int) -> Member:
    """The higher its number, the longer it has failed."""
    since = NOW - timedelta(hours=number)
    return member(f"m{number:05}", failing_since=since, sample="x" * 200)


def of(count: int) -> Draft:
    return draft(members=tuple(failing(number) for number in range(count)))


@pytest.mark.parametrize("count", [1, 499, MOST_MEMBERS])
def test_what_fits_stays_as_it_is(count: int) -> None:
    assert within_bounds(of(count)) == of(count)


@pytest.mark.parametrize("count", [501, MANY, 33_000])
def test_the_longest_failing_come_first_and_the_rest_is_counted(count: int) -> None:
    cut = within_bounds(of(count))
    kept = [one.ref.model_id for one in cut.members]
    assert kept == [f"m{number:05}" for number in range(count - 1, count - 501, -1)]
    assert cut.following == count - 500


async def test_the_rest_is_proposed_when_these_are_done_and_not_before(database: Database) -> None:
    count = MOST_MEMBERS + 20
    stores = await stores_with(database, *(document(f"m{number:05}") for number in range(count)))
    clock, left = Clock(), count
    for standing, following in ((500, 20), (20, 0)):
        proposal = await stores.proposals.put(within_bounds(of(left)), now=NOW, run_id="R-1")
        told = (proposal.state, proposal.revision, len(proposal.members), proposal.following)
        assert told == (State.PENDING, 1, standing, following)
        same = await stores.proposals.put(within_bounds(of(left)), now=NOW, run_id="R-2")
        assert (same.id, same.revision) == (proposal.id, 1), "one at a time"
        said = evidence.sentences(proposal, NOW)
        assert (f"And {following} more follow when these are done." in said) is bool(following)
        done = await Executor(stores, owner="me", clock=clock).execute(proposal.id, 1, by="U1")
        assert done.proposal.state == State.EXECUTED
        left -= standing
    assert await stores.models.count_documents({"enabled": True}) == 0


async def test_a_command_for_more_says_to_ask_again(database: Database) -> None:
    stores = await stores_with(database, *(document(f"m{number:05}") for number in range(501)))
    proposal = await manual_switch.propose(
        stores, ProposalAction.DISABLE, "bedrock", by="U1", name="Ana", now=NOW
    )
    assert (len(proposal.members), proposal.following) == (500, 1)
    assert "And 1 more: ask again when these are done." in evidence.sentences(proposal, NOW)


async def test_an_outage_of_more_counts_them_all(database: Database) -> None:
    stores = await stores_with(database)
    outage = within_bounds(of(MANY)).model_copy(
        update={"action": ProposalAction.ATTEND, "scope": Scope.PROVIDER, "provider_enabled": MANY}
    )
    proposal = await stores.proposals.insert(outage, NOW)
    assert "1,100 of 1,100" in evidence.down_line(proposal, NOW)
