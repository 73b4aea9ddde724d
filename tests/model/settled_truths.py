"""What must be true once nothing is under way: the journal is whole, and tells the truth about `models`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model.laboratory import View
from model.ledger import Claim, ClaimKey, claims_of, unexplained
from model.platform import Document, Edit

LANDED = ("done", "already")
POLICY = "policy"


@dataclass(frozen=True)
class Settled:
    """How it was when all was settled last."""

    models: Mapping[object, Document]
    claims: Mapping[ClaimKey, Claim]

    @classmethod
    def at(cls, view: View) -> "Settled":
        return cls(view.models, claims_of(view.journal))


def wrong_when_settled(last: Settled, view: View, edits: Sequence[Edit]) -> Iterator[str]:
    """Each thing that should be true now and isn't, in words."""
    hidden = claims_of(view.journal, made=False)
    yield from unexplained(last.models, view.models, last.claims, claims_of(view.journal), edits, hidden)
    yield from (f"{one['_id']} is approved, and nobody carries it out" for one in view.in_state("approved"))
    for entry in view.journal.values():
        yield from _entry(entry)
        if entry["undo_of"] is None:
            yield from _forward(entry, view)
        else:
            yield from _undo(entry, view.journal[entry["undo_of"]])
        if entry["actor"] != POLICY:
            yield from _words(entry, view)


def _entry(entry: Document) -> Iterator[str]:
    if entry["state"] != "closed":
        yield f"{entry['_id']} is still {entry['state']}"
    for change in entry["changes"]:
        if change["result"] == "pending":
            yield f"{entry['_id']} is closed, and nobody says what became of {change['ref']}"
        if change["result"] not in LANDED and not change["detail"]:
            yield f"{entry['_id']} did not change {change['ref']} ({change['result']}), and does not say why"


def _forward(entry: Document, view: View) -> Iterator[str]:
    """All that was approved is in it; and each "taken back" is true."""
    proposal = view.proposals[entry["proposal_id"]]
    if proposal["journal_ids"][-1] == entry["_id"] and proposal["approved"]:
        members = [change["member"] for change in entry["changes"]]
        missing = [ref for ref in proposal["approved"] if ref not in members]
        if missing:
            yield f"{entry['_id']} forgot {missing}"
        if proposal["state"] == "executed" and any(c["result"] not in LANDED for c in entry["changes"]):
            yield f"{proposal['_id']} is executed, and {entry['_id']} is not done"
    for index, change in enumerate(entry["changes"]):
        by = change["undone_by"]
        if by in ("", "outside"):
            continue
        undo = view.journal.get(by)
        back = [c for c in undo["changes"] if c["undoes"] == index] if undo else []
        if not any(one["result"] in LANDED for one in back):
            yield f"{entry['_id']} says that {by} took {change['ref']} back, and {by} does not"


def _undo(undo: Document, entry: Document) -> Iterator[str]:
    for change in undo["changes"]:
        original = entry["changes"][change["undoes"]]
        if (change["before"], change["after"]) != (original["after"], original["before"]):
            yield f"{undo['_id']} is not the way back of {entry['_id']}: {change}"
        rest = [one["result"] in LANDED for one in undo["changes"] if one["member"] == change["member"]]
        gone = change["op"] == "delete" and change["result"] == "done" and entry["action"] == "rename"
        if gone and not all(rest):
            yield f"{undo['_id']} took {change['ref']} away, and not all that was off for it is back"
        if change["result"] == "done" and not original["undone_by"]:
            yield f"{undo['_id']} took {change['ref']} back, and {entry['_id']} does not say so"


def _words(entry: Document, view: View) -> Iterator[str]:
    """What a person said by this became a hold of theirs, released by now or not."""
    proposal = view.proposals[entry["proposal_id"]]
    landed = [change["member"] for change in entry["changes"] if change["result"] in LANDED]
    wanted: list[tuple[str, Document, str | None]] = []
    if entry["undo_of"] is not None:
        wanted = [("undid", ref, proposal["kind"]) for ref in landed]
    elif entry["action"] == "enable":
        outcomes = {str(c["member"]): c["result"] for c in entry["changes"] if c["result"] not in LANDED}
        wanted = [("re-enabled", ref, None) for ref in landed if str(ref) not in outcomes]
    for origin, ref, kind in wanted:
        if not any(_says(hold, entry, origin, ref, kind) for hold in view.holds.values()):
            yield f"{entry['actor']} {origin} {ref} by {entry['_id']}, and nothing holds it"


def _says(hold: Document, entry: Document, origin: str, ref: Document, kind: str | None) -> bool:
    return (
        (hold["provider"], hold["model_id"]) == (ref["provider"], ref["model_id"])
        and (hold["by"], hold["origin"], hold["kind"]) == (entry["actor"], origin, kind)
        and hold.get("proposal_id") == entry["proposal_id"]
    )
