"""Platforms at random, where each model has a fate; the run that sees it, and the proposals that stand."""

from typing import Any

from hypothesis import strategies as st

from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import Proposal, ProposalAction, State
from operator_core.domain.runs import Run, Sight, SituationRecord
from operator_core.domain.situations import Scope, fingerprint_of
from support.view_values import LLM, NOW, member, proposal

PROVIDERS = ("bedrock", "groq", "openai", "together")
FATES = (
    "answering",
    "down",
    "silent",
    "asked",
    "flagged",
    "rejected",
    "held",
    "ours",
    "flapping",
    "idle",
    "off",
)
platforms = st.dictionaries(
    st.builds(
        ModelRef, provider=st.sampled_from(PROVIDERS), model_id=st.from_regex(r"m-\d{1,2}", fullmatch=True)
    ),
    st.sampled_from(FATES),
    max_size=40,
)
SCOPES = {"down": Scope.PROVIDER, "silent": Scope.SILENCE, "flagged": Scope.FLAGGED}
KINDS = {
    "down": Kind.BILLING,
    "asked": Kind.HARD_MODEL,
    "rejected": Kind.HARD_MODEL,
    "ours": Kind.BUDGET_EXHAUSTED,
}


def fated(platform: dict[ModelRef, str], fate: str) -> dict[str, list[ModelRef]]:
    """By provider."""
    found: dict[str, list[ModelRef]] = {}
    for ref in sorted(ref for ref, its in platform.items() if its == fate):
        found.setdefault(ref.provider, []).append(ref)
    return found


def situation_id(provider: str, fate: str) -> str:
    return fingerprint_of(provider, KINDS.get(fate, Kind.UNKNOWN), fate, SCOPES.get(fate, Scope.PATTERN))


def situations(platform: dict[ModelRef, str]) -> list[SituationRecord]:
    return [
        SituationRecord(
            id=situation_id(provider, fate),
            provider=provider,
            scope=SCOPES.get(fate, Scope.PATTERN),
            kind=KINDS.get(fate, Kind.UNKNOWN),
            pattern=fate,
            models=tuple(refs),
            provider_enabled=len(refs),
            failing_since=NOW,
            last_success=None,
            failures=3,
            sample="it fails",
            verdict=None,
        )
        for fate in ("down", "silent", "asked", "flagged", "ours", "flapping")
        for provider, refs in fated(platform, fate).items()
    ]


def proposals(platform: dict[ModelRef, str]) -> list[Proposal]:
    attend, disable = ProposalAction.ATTEND, ProposalAction.DISABLE
    how: dict[str, dict[str, Any]] = {
        "down": {"action": attend},
        "silent": {"action": attend},
        "ours": {"action": attend, "state": State.TAKEN},
        "asked": {"action": disable},
        "flagged": {"action": disable},
        "rejected": {"action": disable, "state": State.REJECTED},
    }
    return [
        proposal(
            0,
            id_=f"P-{number}",
            fingerprint=situation_id(provider, fate),
            provider=provider,
            scope=SCOPES.get(fate, Scope.PATTERN),
            kind=KINDS.get(fate, Kind.UNKNOWN),
            members=tuple(member(ref.model_id, provider) for ref in refs),
            provider_enabled=len(refs),
            **fields,
        )
        for number, (fate, fields, provider, refs) in enumerate(
            (fate, fields, provider, refs)
            for fate, fields in how.items()
            for provider, refs in fated(platform, fate).items()
        )
    ]


def run_of(platform: dict[ModelRef, str], **fields: Any) -> Run:
    running = [ref for ref, fate in platform.items() if fate != "off"]
    usual: dict[str, Any] = {
        "id": "R",
        "trigger": "test",
        "started_at": NOW,
        "seconds": 1,
        "models": len(platform),
        "enabled": len(running),
        "settled": 0,
        "judged": 0,
        "situations": tuple(situations(platform)),
        "decisions": (),
        "held": tuple(ref for ref, fate in platform.items() if fate in {"held", "rejected"}),
        "idle": tuple(ref for ref, fate in platform.items() if fate == "idle"),
        "answered": tuple(ref for ref, fate in platform.items() if fate in {"answering", "flagged"}),
        "llm": LLM,
        "sight": Sight(last_runs=dict.fromkeys(running, NOW)),
    }
    return Run(**{**usual, **fields})


def running(platform: dict[ModelRef, str]) -> set[ModelRef]:
    return {ref for ref, fate in platform.items() if fate != "off"}


def off(platform: dict[ModelRef, str]) -> set[ModelRef]:
    return set(platform) - running(platform)


LIVED = {
    "well": 14,
    "gone": 8,
    "gone lately": 2,
    "budget": 3,
    "limited": 2,
    "unclear": 2,
    "silent": 2,
    "never ran": 1,
    "flagged": 1,
    "off": 1,
}
"""What a model of a lived-in platform is like, and how many of a provider's are so, at most."""
TROUBLES = ("", "", "", "", "no credit", "no key", "away", "silent")
"""What may be wrong with a whole provider."""


@st.composite
def lived_in(draw: st.DrawFn) -> dict[ModelRef, str]:
    """A platform whose providers have some models of each fate; of one in trouble all that are run share
    it. Names are common, so that some have another provider and some have none."""
    platform: dict[ModelRef, str] = {}
    for provider in draw(st.lists(st.sampled_from((*PROVIDERS, "x&y", "vertex")), min_size=1, unique=True)):
        trouble, number = draw(st.sampled_from(TROUBLES)), draw(st.integers(0, 30))
        for fate, most in LIVED.items():
            for _ in range(draw(st.integers(0, most))):
                number += 1
                shared = trouble if trouble and fate not in {"off", "flagged"} else fate
                platform[ModelRef(provider=provider, model_id=f"m-{number}")] = shared
    return platform
