"""The demo without a person: a stranger's click, an approval, and its undo."""

import asyncio
from collections.abc import Mapping

from rich.panel import Panel
from rich.pretty import Pretty

from operator_core.errors import OperatorError
from sandbox.demo.stage import APPROVER, PATIENCE, STRANGER, Document, Stage
from sandbox.digest import cards_with
from sandbox.slack import Message


async def play(stage: Stage, digest: Message) -> None:
    """Approves one proposal by a real click, shows what changed, and takes it back."""
    ana = stage.slack.person(APPROVER)
    card = next(iter(cards_with("approve", stage.now(digest))), None)
    if card is None:
        raise OperatorError("the digest shows no decision")
    proposal = await stage.database["operator_proposals"].find_one({"_id": card})
    if proposal is None:
        raise OperatorError(f"{card} is on the digest, but not in MongoDB")
    ref = proposal["members"][0]["ref"]
    before, counted = await _model(stage, ref), _headline(stage.now(digest))
    stage.console.rule(f"Chi, who may not, clicks Approve on {card}")
    await stage.slack.person(STRANGER).click(stage.now(digest), f"approve.{card}")
    await stage.slack.until(lambda: stage.slack.ephemerals(STRANGER), PATIENCE)
    stage.show_private(stage.slack.ephemerals(STRANGER)[-1], STRANGER)
    stage.console.rule(f"Ana clicks Approve on {card}")
    await ana.click(stage.now(digest), f"approve.{card}")
    if len(proposal["members"]) > 1:
        await stage.slack.until(lambda: ana.view and ana.view.get("submit"), PATIENCE)
        stage.show_view(APPROVER, "the consequences, before a click counts")
        await ana.submit()
    await _until_state(stage, card, {"executed", "partly"})
    await stage.slack.until(lambda: card in cards_with("undo", stage.now(digest)), PATIENCE)
    # What it counts is drawn anew after the card itself.
    await stage.slack.until(lambda: _headline(stage.now(digest)) != counted, PATIENCE)
    await stage.slack.settled(PATIENCE)
    _show_change(stage, before, await _model(stage, ref), "before", "after")
    stage.show(stage.now(digest), "the redrawn digest")
    await _take_back(stage, digest, card)
    after = await _model(stage, ref)
    if after != before:
        raise OperatorError(f"the undo of {card} did not restore the document exactly")
    stage.console.print(f"{card} was taken back: the document is exactly as before.", style="green")
    if stage.slack.rejections:
        raise OperatorError(f"Slack refused: {'; '.join(stage.slack.rejections[:3])}")


async def _take_back(stage: Stage, digest: Message, card: str) -> None:
    ana = stage.slack.person(APPROVER)
    stage.console.rule(f"Ana takes {card} back")
    await ana.close()
    await ana.click(stage.now(digest), f"undo.{card}")
    await stage.slack.until(lambda: ana.view and ana.view.get("submit"), PATIENCE)
    await ana.submit(texts={"note": "just trying"})
    await _until_state(stage, card, {"undone"})
    await stage.slack.settled(PATIENCE)


def _headline(digest: Message) -> object:
    return digest.blocks[0]["text"]


async def _until_state(stage: Stage, proposal_id: str, states: set[str]) -> None:
    with stage.console.status(f"Waiting until {proposal_id} is {' or '.join(sorted(states))}…"):
        for _ in range(int(PATIENCE * 5)):
            proposal = await stage.database["operator_proposals"].find_one({"_id": proposal_id})
            if proposal and proposal["state"] in states:
                return
            await asyncio.sleep(0.2)
    raise AssertionError(f"{proposal_id} never became {' or '.join(sorted(states))}")


async def _model(stage: Stage, ref: Mapping[str, str]) -> Document:
    model = await stage.database["models"].find_one(
        {"provider": ref["provider"], "model_id": ref["model_id"]}
    )
    if model is None:
        raise OperatorError(f"{ref} is not in `models`")
    return model


def _show_change(stage: Stage, before: Document, after: Document, *titles: str) -> None:
    for document_, title in zip((before, after), titles, strict=True):
        stage.console.print(Panel(Pretty(document_), title=f"MongoDB, {title}", title_align="left"))
