"""What `discover report` and `discover stats` say, as plain data."""

from collections import Counter

from discovery.findings import Discovery
from discovery.sources.syncs import Sync

Data = dict[str, object]
UNREPORTED = {"alternatives", "deprecated", "deprecation_date"}


def report(discovery: Discovery) -> Data:
    """The object that `discover report --json` prints."""
    return {
        "sync": _sync(discovery.inputs.sync) | {"notes": list(discovery.notes)},
        "matches": [m.model_dump(exclude=UNREPORTED) for m in discovery.matches],
        "unmatched": [{"openrouter_id": n, "reasoning": why} for n, why in discovery.unmatched.items()],
        "llm": discovery.llm.model_dump(),
    }


def stats(discovery: Discovery) -> Data:
    """Counts of everything: each entry of the catalogue is in one of them."""
    confirmed = {m.openrouter_id for m in discovery.matches if m.confirmed}
    return {
        "sync": _sync(discovery.inputs.sync),
        "last_good": _sync(discovery.inputs.last_good),
        "witnesses": [
            {"source": copy.source, "listings": len(copy.listings)}
            | copy.model_dump(mode="json", exclude={"listings"})
            for copy in discovery.inputs.snapshots
        ],
        "new_since_last_sync": len(discovery.inputs.new),
        "already_measured": len(discovery.matching.running),
        "left_out": dict(sorted(discovery.matching.left_out.items())),
        "matched": len({m.openrouter_id for m in discovery.matches}),
        "confirmed": len(confirmed),
        "matches_by_provider": dict(sorted(Counter(m.provider for m in discovery.matches).items())),
        "unmatched": len(discovery.unmatched),
        "waiting_for_the_llm": discovery.carried_over,
        "leaving": len(discovery.leaving),
        "to_review": discovery.new_models.model_dump(),
        "llm": discovery.llm.model_dump(),
        "notes": list(discovery.notes),
    }


def _sync(sync: Sync | None) -> Data:
    if sync is None:
        return {"outcome": "never"}
    return sync.model_dump(mode="json", exclude={"copy_id"})
