"""What `models` holds may be larger than a journal entry: what fits is done, the rest fails and says why."""

import pytest

from operator_core.domain.changes import Result
from operator_core.domain.proposals import ProposalAction, State
from support.core import core_over
from support.small_catalogue import MONGO
from support.small_platform import Database, models

WHY = "too much is kept about the models of this batch"


@pytest.mark.parametrize(
    ("count", "size", "fit"),
    [(20, 2**20, 11), (3, 7 * 2**20, 1), (2, 13 * 2**20, 0), (3, 100, 3)],
    ids=["together", "two of three", "each", "none"],
)
async def test_a_batch_with_large_before_images_ends_and_can_be_taken_back(
    database: Database, count: int, size: int, fit: int
) -> None:
    documents = [{**one, "disabled_reason": "x" * size} for one in models(*(f"m-{n}b" for n in range(count)))]
    for one in documents:
        await database[MONGO.models].insert_one(one)
    async with core_over(database, None) as (core, _):
        draft = await core.switch(ProposalAction.DISABLE, "groq", by="U0ANA")
        asked = await core.submit(draft.id, draft.revision, by="U0ANA")
        done = await core.approve(asked.id, asked.revision, by="U0ANA")

        assert [one.result for one in done.entry.outcomes].count(Result.DONE) == fit
        assert all(WHY in one.detail for one in done.entry.outcomes if one.result == Result.FAILED)
        ends = {count: State.EXECUTED, 0: State.FAILED}
        assert done.proposal.state == ends.get(fit, State.PARTLY)
        if fit:
            await core.undo(done.entry.id, by="U0ANA")
        elif not fit:
            assert (await core.waiting())[0].id == asked.id
    assert await database[MONGO.models].count_documents({"enabled": True}) == count
    kept = await database[MONGO.models].find({}, {"disabled_reason": 1}).to_list()
    assert {len(one["disabled_reason"]) for one in kept} == {size}
