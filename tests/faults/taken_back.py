"""What `make mutants ARGS="--by faults"` takes back, one by one, to see whether the worst days notice."""

from model.mutants import RECOVERY, WRITER, Mutant

CARDS, OUTCOMES = "bot/slack/posting/cards.py", "bot/slack/posting/outcomes.py"
BATCHES = "operator_core/execution/batches.py"
SHRUNK = "            await self.edits.edit(drawn.channel, drawn.ts, shrink)\n"
WRITTEN = """            if landed(change, await self._now(change)):
                return Result.DONE, ""
            collided"""
FAILED = """            if not refused(error):
                return Result.FAILED, cause_of(error)
            collided"""
TAKEN_BACK = (
    Mutant(
        "an older card that Slack takes late comes back whole",
        "23bf2de",
        CARDS,
        SHRUNK,
        "            if await self.edits.edit(drawn.channel, drawn.ts, shrink) == Edited.OWED:\n"
        "                continue\n",
    ),
    Mutant(
        "what Slack refused is not sent again", "d55a046", CARDS, "        await self.edits.send_owed()\n", ""
    ),
    Mutant(
        "another workspace's people are heard",
        "d55a046",
        "bot/slack/connection.py",
        "        if not of_our_workspace(identity, body):\n",
        "        if False:\n",
    ),
    Mutant(
        "a write answered with an error has failed",
        "611880f",
        WRITER,
        WRITTEN,
        FAILED,
    ),
    Mutant(
        "what had landed before a crash is not looked for",
        "e32faaa",
        RECOVERY,
        "            if await self.models.landed(change):\n",
        "            if False:\n",
    ),
    Mutant(
        "what a dead process had approved and not begun is left",
        "dd7b38a",
        RECOVERY,
        "approved_before(now - self.leases.entry)",
        "approved_before(now - 9999 * self.leases.entry)",
    ),
    Mutant(
        "who asked is told only by the process that they asked",
        "495974c",
        OUTCOMES,
        "        if await ours_to_tell(services, entry) and await _told(services, entry):\n",
        "        if False:\n",
    ),
    Mutant(
        "a batch goes on without proving that it is still ours",
        "e0e11fb",
        BATCHES,
        '                await self.keep(entry, **{f"changes.{index}.detail": SENT})\n                pause',
        "                pause",
    ),
    Mutant(
        "nobody looks for writes that land late",
        "92501c8",
        RECOVERY,
        "(*done, *await self._late_writes())",
        "(*done,)",
    ),
    Mutant(
        "a key in a row's text is shown as it stands there",
        "7d2e853",
        "operator_core/text/failures.py",
        "    text = without_secrets(visible(message))\n    heard",
        "    text = visible(message)\n    heard",
    ),
)
