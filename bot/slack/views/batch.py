"""How people call what was done to a batch of models."""

from collections.abc import Sequence

from bot.slack.views import evidence
from bot.slack.views.text import code, outside
from operator_core.domain.changes import Outcome, Result
from operator_core.domain.proposals import ProposalAction

DONE_WORDS = {
    ProposalAction.DISABLE: "disabled",
    ProposalAction.ENABLE: "enabled",
    ProposalAction.RENAME: "renamed",
    ProposalAction.ADD: "added",
    ProposalAction.ATTEND: "attended to",
}


def done_to(outcomes: Sequence[Outcome], provider: str) -> str:
    """ "`llama-2` on groq", "6 groq models" or "5 of 6 groq models".

    `provider`: empty where the batch is about several.
    """
    done = sum(outcome.result == Result.DONE for outcome in outcomes)
    if done == len(outcomes) == 1:
        ref = outcomes[0].ref
        return f"{code(ref.model_id, 80)} on {outside(ref.provider, evidence.MAX_PROVIDER)}"
    count = f"{done:,} of {len(outcomes):,}" if done < len(outcomes) else f"{done:,}"
    noun = "model" if len(outcomes) == 1 else "models"
    return f"{count} {outside(provider, evidence.MAX_PROVIDER)} {noun}" if provider else f"{count} {noun}"
