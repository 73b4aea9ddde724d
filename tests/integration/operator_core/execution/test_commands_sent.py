"""How many commands MongoDB gets for an approval: a shared server should hardly notice us."""

from collections import Counter

import pytest
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from operator_core.errors import StaleProposal
from support.core import core_over
from support.small_platform import GONE, Database, Document, every_six_hours, failures, fill

AT_MOST, EACH_FURTHER, TOO_LATE = 20, 4, 4


class Sent(CommandListener):
    """Counts the commands, by their names."""

    def __init__(self) -> None:
        self.commands: Counter[str] = Counter()

    def started(self, event: CommandStartedEvent) -> None:
        self.commands[event.command_name] += 1

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...

    def since_asked_last(self) -> int:
        count = self.commands.total()
        self.commands.clear()
        return count


@pytest.mark.parametrize("models", [1, 2, 3, 7])
async def test_an_approval_and_a_click_that_comes_late_send_few_commands(
    mongodb_uri: str, database_name: str, database: Database, models: int
) -> None:
    """Besides the look at the evidence, which clicks of one moment share."""
    names, sent = [f"gone-{nth}" for nth in range(models)], Sent()
    await fill(database, names, [row for n in names for row in failures(n, GONE, every_six_hours(96))])
    async with (
        AsyncMongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[sent]) as client,
        core_over(client[database_name]) as (use_cases, _),
    ):
        await use_cases.run("test")
        [proposal] = await use_cases.waiting()
        sent.since_asked_last()
        await use_cases.evidence_changed(proposal)
        look = sent.since_asked_last()

        execution = await use_cases.approve(proposal.id, proposal.revision, by="U0ANA")

        assert execution.entry.done == models
        assert sent.since_asked_last() - look <= AT_MOST + EACH_FURTHER * (models - 1)
        with pytest.raises(StaleProposal):
            await use_cases.approve(proposal.id, proposal.revision, by="U0BEN")
        assert sent.since_asked_last() <= TOO_LATE
