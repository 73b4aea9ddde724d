"""A process that makes one run by the written rules, with the product that its path names.

It tells as JSON what became of the failures: the situation, the proposal as it is kept, and what people read.
"""

import asyncio
import json
import sys

from pymongo import AsyncMongoClient

import operator_core
from bot.slack.views.analysis import analysis
from bot.slack.views.card import Card, card
from operator_core.store.mongo import Document
from support.core import core_over
from support.small_catalogue import NOW


async def main(uri: str, name: str) -> dict[str, object]:
    async with (
        AsyncMongoClient[Document](uri, tz_aware=True) as client,
        core_over(client[name], answer=None) as (use_cases, _),
    ):
        run, _ = await use_cases.run("test")
        [situation] = run.situations
        [proposal] = await use_cases.stores.proposals.waiting()
    return {
        "product": operator_core.__file__,
        "situation": situation.model_dump(mode="json"),
        "proposal": proposal.model_dump(mode="json"),
        "analyzed": [dict(block) for block in analysis(run, (), (), {}, {}, NOW).blocks],
        "card": card(Card(proposal=proposal), {}, NOW),
    }


print(json.dumps(asyncio.run(main(*sys.argv[1:]))))  # noqa: T201 - its answer
