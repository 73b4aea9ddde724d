"""Who answers a part has said nothing about the rest: what wasn't picked stays offered."""

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from bot.commands.execute import execute
from operator_core.domain.base import ModelRef
from operator_core.domain.holds import HoldDraft, Origin
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import POLICY, Draft, ProposalAction, State
from operator_core.errors import NotFound
from operator_core.execution.executor import Executor, OnProgress, Progress
from operator_core.store.stores import Stores
from operator_core.use_cases import UseCases
from support.core import without_llm
from support.small_catalogue import (
    Clock,
    Database,
    adding,
    document,
    draft,
    enabling,
    every_gate_open,
    member,
    partly_automatic,
    ref,
    stores_with,
)

SEVERAL = ("new-1", "new-2", "new-3")


def asked(stores: Stores) -> UseCases:
    return without_llm(stores, Clock())


async def told(use_cases: UseCases, ids: Sequence[str], *only: str, yes: bool = True) -> str:
    console = Console(file=io.StringIO(), width=200)
    await execute(use_cases, console, ids, yes=yes, only=only)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


async def offered(stores: Stores) -> list[ModelRef]:
    return [one for p in await stores.proposals.waiting() if p.action == "add" for one in p.refs]


@pytest.mark.parametrize("picked", [("new-1",), ("new-3",), ("new-1", "new-2"), SEVERAL])
@pytest.mark.parametrize("fingerprint", ["discovery-review", ""])
async def test_what_was_not_picked_is_offered_at_once(
    database: Database, picked: Sequence[str], fingerprint: str
) -> None:
    stores = await stores_with(database)
    adds = adding(*SEVERAL).model_copy(update={"fingerprint": fingerprint})
    review = await stores.proposals.insert(adds, Clock().now)

    done = await asked(stores).approve(review.id, 1, by="U1", refs=[ref(name) for name in picked])

    assert done.proposal.state == State.EXECUTED
    assert await offered(stores) == [ref(name) for name in SEVERAL if name not in picked]
    assert await stores.holds.active() == ()


async def test_the_other_offer_of_a_model_that_was_added_stays(database: Database) -> None:
    stores = await stores_with(database)
    offers = tuple(
        member("new", provider, enabled=False, openrouter_id="maker/new") for provider in ("bedrock", "groq")
    )
    adds = adding().model_copy(update={"members": offers})
    review = await stores.proposals.insert(adds, Clock().now)

    said = await told(asked(stores), [review.id], "groq/new")

    assert "added new on groq" in said
    assert await offered(stores) == [ref("new", "bedrock")]


@pytest.mark.parametrize("action", [ProposalAction.DISABLE, ProposalAction.ENABLE])
async def test_other_questions_are_answered_whole(database: Database, action: ProposalAction) -> None:
    stores = await stores_with(database)
    asks = draft("abc") if action == ProposalAction.DISABLE else enabling("a", "b", "c")
    proposal = await stores.proposals.insert(asks, Clock().now)

    await asked(stores).approve(proposal.id, 1, by="U1", refs=[ref("a")])

    assert await stores.proposals.waiting() == ()


@pytest.mark.parametrize("only", [("a",), ("c",), ("a", "b")])
async def test_what_the_command_line_does_not_name_goes_on_no_hold(
    database: Database, only: Sequence[str]
) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(draft("abc"), Clock().now)
    await told(asked(stores), [proposal.id], *only)
    [approval] = [move for move in (await stores.proposals.get(proposal.id)).moves if move.rest_waits]
    assert approval.target == State.APPROVED
    assert await stores.holds.active() == (), "people are asked about it anew"


async def test_the_command_line_picks_and_shows_first(database: Database) -> None:
    stores = await stores_with(database)
    review = await stores.proposals.insert(adding(*SEVERAL), Clock().now)

    shown = await told(asked(stores), [review.id], "new-1", "new-3", yes=False)
    assert "new-1" in shown
    assert "new-2" not in shown
    assert await offered(stores) == [ref(name) for name in SEVERAL]

    await told(asked(stores), [review.id], "new-1", "new-3")
    assert await offered(stores) == [ref("new-2")]


@pytest.mark.parametrize("only", [("nope",), ("new-1", "nope"), ("groq/new-1",), ("new",)])
async def test_an_unknown_model_is_an_error_that_lists_what_there_is(
    database: Database, only: Sequence[str]
) -> None:
    stores = await stores_with(database)
    review = await stores.proposals.insert(adding(*SEVERAL), Clock().now)

    with pytest.raises(NotFound, match=r"there are bedrock/new-1, bedrock/new-2, bedrock/new-3"):
        await told(asked(stores), [review.id], *only)

    assert await offered(stores) == [ref(name) for name in SEVERAL]


async def test_a_proposal_of_which_nothing_is_named_is_not_approved_whole(database: Database) -> None:
    stores = await stores_with(database)
    review = await stores.proposals.insert(adding(*SEVERAL), Clock().now)
    other = await stores.proposals.insert(draft("abc"), Clock().now)

    with pytest.raises(NotFound, match=f"no model of {other.id} is named"):
        await told(asked(stores), [review.id, other.id], "new-1")

    assert len(await stores.proposals.waiting()) == 2


async def decisions(database: Database) -> dict[str, tuple[str, str]]:
    """By model: what the platform was told, and of which proposal."""
    told_of = await database["model_status"].find().to_list()
    kept = {one["model_id"]: one["operator_decision"] for one in told_of if "operator_decision" in one}
    return {name: (decision["status"], decision["proposal_id"]) for name, decision in kept.items()}


@pytest.mark.parametrize("asks", [draft("abc"), draft("abc", scope=None), draft("abc", kind=Kind.AUTH)])
async def test_what_was_unticked_is_told_to_the_platform_as_a_persons_no(
    database: Database, asks: Draft
) -> None:
    stores = await stores_with(database)
    proposal = await stores.proposals.insert(asks, Clock().now)
    await stores.status.suggest([proposal], Clock().now)

    await asked(stores).approve(proposal.id, 1, by="U1", refs=[ref("a")])

    told_of = await decisions(database)
    assert told_of["b"] == told_of["c"] == ("rejected", proposal.id)
    assert [hold.model_id for hold in await stores.holds.active()] == ["b", "c"]


async def test_what_goes_on_as_another_proposal_names_that_one(database: Database) -> None:
    stores = await stores_with(database)
    first = await stores.proposals.insert(partly_automatic(), Clock().now)
    await stores.status.suggest([first], Clock().now)

    await Executor(stores, owner="me", clock=Clock(), gates=every_gate_open).execute(first.id, 1, by=POLICY)

    (rest,) = await stores.proposals.waiting()
    assert rest.id != first.id
    assert (await decisions(database))["c"] == ("pending", rest.id)


def paused_after(use_cases: UseCases, changes: int) -> OnProgress:
    async def report(progress: Progress) -> None:
        if progress.step in {"opened", "recorded"} and progress.done == changes:
            await use_cases.pause(by="U2", reason="vendor says wait")

    return report


@pytest.mark.parametrize("done", [0, 1, 2])
@pytest.mark.parametrize("action", ["add", "disable", "enable"])
async def test_what_a_pause_stopped_is_asked_again_at_once(
    database: Database, action: str, done: int
) -> None:
    stores = await stores_with(database, *(document(name, enabled=action != "enable") for name in "abc"))
    use_cases = asked(stores)
    if action == "add":
        command = await stores.proposals.insert(adding(*SEVERAL), Clock().now)
    else:
        command = await use_cases.switch(ProposalAction(action), "bedrock", by="U1")
        await use_cases.submit(command.id, command.revision, by="U1")

    await use_cases.approve(command.id, command.revision, by="U1", on_progress=paused_after(use_cases, done))

    [again] = await stores.proposals.waiting()
    assert (again.state, again.action, again.refs) == (State.PENDING, action, command.refs[done:])
    assert [one.gate for one in again.members] == ["stopped by a pause: vendor says wait"] * (3 - done)
    finished = await use_cases.approve(again.id, again.revision, by="U1")
    assert finished.proposal.state == State.EXECUTED
    assert await stores.proposals.waiting() == ()


async def test_what_a_pause_stopped_is_asked_again_without_what_was_unticked(database: Database) -> None:
    stores = await stores_with(database)
    use_cases, proposal = asked(stores), await stores.proposals.insert(draft("abc"), Clock().now)

    chosen = [ref("a"), ref("b")]
    await use_cases.approve(proposal.id, 1, by="U1", refs=chosen, on_progress=paused_after(use_cases, 1))

    assert [one.refs for one in await stores.proposals.waiting()] == [(ref("b"),)]


@pytest.mark.parametrize("refused", [("new-2",), ("new-2", "new-3"), ("new-1", "new-3")])
async def test_additions_that_were_refused_are_offered_again(
    database: Database, refused: Sequence[str]
) -> None:
    await database.drop_collection("models")
    await database.create_collection("models", validator={"model_id": {"$nin": list(refused)}})
    stores = await stores_with(database)
    review = await stores.proposals.insert(adding(*SEVERAL), Clock().now)

    await asked(stores).approve(review.id, 1, by="U1")

    [again] = await stores.proposals.waiting()
    assert again.refs == tuple(ref(name) for name in refused)
    assert all(one.gate.startswith("MongoDB refused") for one in again.members)


async def test_what_would_be_so_again_is_not_asked_again(database: Database) -> None:
    held = HoldDraft.on(ref("b"), kind=None, by="U2", at=Clock().now, origin=Origin.NEVER)
    off = document("c", enabled=True, deprecated=True)
    stores = await stores_with(database, document("a"), document("b"), off)
    use_cases, proposal = asked(stores), await stores.proposals.insert(draft("abc"), Clock().now)

    async def report(progress: Progress) -> None:
        if progress.step == "claimed":
            await stores.holds.add(held)

    execution = await use_cases.approve(proposal.id, 1, by="U1", on_progress=report)

    assert [one.result for one in execution.entry.outcomes] == ["done", "held", "conflict"]
    assert await stores.proposals.waiting() == ()
