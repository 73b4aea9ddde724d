"""The facts against the plainest possible reading: all rows, in Python, one by one."""

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from operator_core.store.platform.signals import collect
from support.drawn.platform import ANALYSIS, MONGO, NOW, Document, drawn_platform, facts_by_hand


@pytest.mark.parametrize("providers", [(), ("groq", "together")], ids=["all", "limited"])
@pytest.mark.parametrize("seed", range(4))
async def test_the_facts_are_exactly_what_the_rows_say(
    database: AsyncDatabase[Document], seed: int, providers: tuple[str, ...]
) -> None:
    models, successes, errors = drawn_platform(seed)
    for name, documents in (("models", models), ("ok", successes), ("failed", errors)):
        await database[name].insert_many([dict(document) for document in documents])

    facts = (await collect(database, MONGO, ANALYSIS, NOW, providers)).facts

    expected = facts_by_hand(models, successes, errors, providers)
    assert facts.unreadable == expected.unreadable
    for measured, by_hand in zip(facts.signals, expected.signals, strict=True):
        assert measured == by_hand
    assert facts == expected
    assert sum(signals.failing for signals in facts.signals) >= 3
    assert any(signals.recent for signals in facts.signals)
