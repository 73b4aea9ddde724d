"""What `discover report` and `discover stats` say, as plain data."""

from collections import Counter

from discovery.findings import Discovery
from discovery.sources.syncs import Sync

Data = dict[str, object]
UNREPORTED = {"alternatives", "deprecated", "deprecation_date"}


def report(discovery: Discovery, *, provider: str = "", max_matches: int | None = None) -> Data:
    """The object that `discover report --json` prints; matches of one provider, or the first so many."""
    matches = [m for m in discovery.matches if not provider or m.provider == provider]
    return {
        "sync": _sync(discovery.sync) | {"notes": list(discovery.notes)},
        "matches": [m.model_dump(exclude=UNREPORTED) for m in matches[:max_matches]],
        "unmatched": [u.model_dump() for u in discovery.unmatched],
        "llm": discovery.llm.model_dump(),
    }


def stats(discovery: Discovery) -> Data:
    """Counts of everything: each entry of the catalogue is in one of them."""
    by_id: Counter[str] = Counter(m.openrouter_id for m in discovery.matches)
    confirmed = {m.openrouter_id for m in discovery.matches if m.confirmed}
    return {
        "sync": _sync(discovery.sync),
        "last_good": _sync(discovery.last_good),
        "witnesses": [
            {
                "source": snapshot.source,
                "listings": len(snapshot.listings),
                "as_of": snapshot.as_of.isoformat() if snapshot.as_of else None,
                "problem": snapshot.problem,
            }
            for snapshot in discovery.witnesses
        ],
        "new_since_last_sync": len(discovery.new),
        "already_measured": discovery.measured,
        "left_out": dict(sorted(discovery.left_out.items())),
        "matched": len(by_id),
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
