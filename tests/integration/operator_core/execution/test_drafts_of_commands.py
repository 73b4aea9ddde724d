"""What a person typed is a draft until they submit its dialog: it lives nowhere else, and not for long."""

import asyncio
from datetime import timedelta

import pytest

from operator_core.domain.proposals import ProposalAction, State
from operator_core.errors import NotFound, StaleProposal
from support.core import without_llm
from support.small_catalogue import Clock, Database, catalogue_of, document, draft, stores_with

COMMANDS = [
    (ProposalAction.DISABLE, "bedrock"),
    (ProposalAction.DISABLE, "bedrock/a"),
    (ProposalAction.ENABLE, "bedrock/off"),
]
CATALOGUE = (document("a"), document("b"), document("off", enabled=False))


@pytest.mark.parametrize(("action", "wanted"), COMMANDS)
async def test_an_open_dialog_is_asked_of_nobody(
    database: Database, action: ProposalAction, wanted: str
) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    use_cases = without_llm(stores, clock)

    command = await use_cases.switch(action, wanted, by="U1")

    assert command.state == State.DRAFT
    assert await stores.proposals.open() == await use_cases.waiting() == await use_cases.automatic() == ()
    assert await stores.proposals.recent() == ()
    assert await database["model_status"].count_documents({}) == 0
    with pytest.raises(StaleProposal):
        await use_cases.approve(command.id, command.revision, by="U2")
    assert (await stores.proposals.get(command.id)).state == State.DRAFT


@pytest.mark.parametrize(("action", "wanted"), COMMANDS)
async def test_a_submitted_command_is_a_proposal_like_any_other(
    database: Database, action: ProposalAction, wanted: str
) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    use_cases = without_llm(stores, clock)
    command = await use_cases.switch(action, wanted, by="U1")

    submitted = await use_cases.submit(command.id, command.revision, by="U1")
    assert await use_cases.waiting() == (submitted,)
    assert await database["model_status"].count_documents({}) == 0
    done = await use_cases.approve(command.id, command.revision, by="U1")

    assert done.proposal.state == State.EXECUTED
    assert [(move.source, move.target) for move in done.proposal.moves][:2] == [
        (State.DRAFT, State.PENDING),
        (State.PENDING, State.APPROVED),
    ]


@pytest.mark.parametrize("minutes", [60, 61, 60 * 24 * 40])
@pytest.mark.parametrize("forgotten", [False, True], ids=["still stored", "forgotten"])
async def test_a_dialog_submitted_too_late_says_so_and_changes_nothing(
    database: Database, minutes: int, forgotten: bool
) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    use_cases = without_llm(stores, clock)
    command = await use_cases.switch(ProposalAction.DISABLE, "bedrock", by="U1")
    before = await catalogue_of(database)

    clock.advance(minutes=minutes)
    if forgotten:
        await database["operator_proposals"].delete_many({"expires_at": {"$lte": clock.now}})

    for late in (use_cases.drafted(command.id), use_cases.submit(command.id, command.revision, by="U1")):
        with pytest.raises(NotFound, match="open for too long"):
            await late
    assert await use_cases.waiting() == ()
    assert await catalogue_of(database) == before


async def test_cancelling_forgets_a_draft_and_nothing_else(database: Database) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    use_cases = without_llm(stores, clock)
    waiting = await stores.proposals.insert(draft(fingerprint="", scope=None, kind=None), clock.now)
    command = await use_cases.switch(ProposalAction.DISABLE, "bedrock", by="U1")

    await use_cases.stores.proposals.forget_draft(command.id)
    await use_cases.stores.proposals.forget_draft(waiting.id)

    assert await use_cases.waiting() == (waiting,)
    with pytest.raises(NotFound):
        await stores.proposals.get(command.id)


async def test_a_dialog_submitted_twice_is_carried_out_once(database: Database) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    use_cases = without_llm(stores, clock)
    command = await use_cases.switch(ProposalAction.DISABLE, "bedrock", by="U1")

    async def dialog() -> object:
        await use_cases.submit(command.id, command.revision, by="U1")
        return await use_cases.approve(command.id, command.revision, by="U1")

    ends = await asyncio.gather(*(dialog() for _ in range(5)), return_exceptions=True)

    assert sum(isinstance(end, StaleProposal) for end in ends) == 4
    assert len(await stores.journal.recent()) == 1


async def test_a_run_neither_clears_nor_shows_a_draft(database: Database) -> None:
    stores, clock = await stores_with(database, *CATALOGUE), Clock()
    use_cases = without_llm(stores, clock)
    command = await use_cases.switch(ProposalAction.DISABLE, "bedrock", by="U1")
    clock.now += timedelta(minutes=30)

    run, published = await use_cases.run("test")

    assert await use_cases.act_alone(run) == ()
    assert published.cleared == ()
    assert (await stores.proposals.get(command.id)).state == State.DRAFT


@pytest.mark.parametrize(
    ("action", "wanted", "enabled"),
    [
        (ProposalAction.DISABLE, "bedrock/a", True),
        (ProposalAction.DISABLE, "bedrock", True),
        (ProposalAction.ENABLE, "bedrock/a", False),
    ],
)
async def test_a_model_with_two_documents_is_one_model_and_each_document_is_changed_once(
    database: Database, action: ProposalAction, wanted: str, enabled: bool
) -> None:
    first, second = document("a", enabled=enabled), document("a", enabled=enabled) | {"_id": "again"}
    use_cases = without_llm(await stores_with(database, first, second), Clock())

    command = await use_cases.switch(action, wanted, by="U1")
    await use_cases.submit(command.id, command.revision, by="U1")
    done = await use_cases.approve(command.id, command.revision, by="U1")

    assert [str(ref) for ref in command.refs] == ["bedrock/a"]
    assert sorted(str(change.document_id) for change in done.entry.changes) == ["again", "bedrock:a"]
    assert await database["models"].count_documents({"enabled": not enabled}) == 2
