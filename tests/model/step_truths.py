"""What must be true of each step: who changed which model, whose hold ended, which question was dropped."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from model.laboratory import View
from model.ledger import edited
from model.plain import Plain, Start, evidence_until, held, is_run, letters, members_of
from model.platform import Document, Edit, Ref, ref_of

POLICY = "policy"
OUTSIDE = "somebody outside this bot"
OPEN = ("pending", "approved", "rejected", "snoozed", "taken", "conflicted", "failed")
ASKED_ABOUT = ("pending", "snoozed", "taken", "conflicted", "failed")
RELEASE_FIELDS = {"active", "released_by", "released_at"}
NAMED_IN_REASON = re.compile(r"\((P-\d+)\)$")


@dataclass
class Act:
    """Something that a person, the schedule or recovery does through the use cases."""

    name: str
    by: str
    start: Start
    may_change: frozenset[Ref] = frozenset()
    may_end: frozenset[str] = frozenset()
    """The holds that it releases."""
    recovers: bool = False
    refused: bool = field(default=False, init=False)
    """It was told that what it named is no longer so."""


def wrong_in_step(
    before: View, after: View, act: Act | None, edits: Sequence[Edit], plain: Plain
) -> Iterator[str]:
    """Each thing that this step did and must not, in words."""
    yield from _models(before, after, act, edits, plain)
    yield from _holds(before, after, act, plain)
    yield from _questions(before, after, act, plain)
    yield from _identities(after, plain)
    yield from _renames(after, plain)


def _models(before: View, after: View, act: Act | None, edits: Sequence[Edit], plain: Plain) -> Iterator[str]:
    for one in {**before.models, **after.models}:
        old, new = before.models.get(one), after.models.get(one)
        for edit in edits:
            old = edited(edit, old) if edit.document_id == one else old
        if old == new:
            continue
        ref = ref_of(new or old or {})
        if act is None or act.refused or ref not in act.may_change:
            yield f"{ref} was changed by {act.name if act else 'nobody'}: {old} → {new}"
        elif new is not None and new["enabled"] is False and (old is None or old["enabled"] is True):
            yield from _switched_off(new, after, act, plain)


def _switched_off(document: Document, after: View, act: Act, plain: Plain) -> Iterator[str]:
    """By somebody who may, and who had reason to when the act began."""
    ref, by = ref_of(document), str(document.get("disabled_by"))
    named = NAMED_IN_REASON.search(str(document.get("disabled_reason")))
    if "undo" in act.name or _was_off(document, after):
        return  # what was enabled is off again, as it was
    if named is None or not by.startswith("ai-operator:"):
        yield f"{ref} is off, and does not say by whom: {document}"
        return
    proposal, who = after.proposals[named[1]], by.removeprefix("ai-operator:")
    if who == POLICY and (why := act.start.closed.get(ref, "unknown")):
        yield f"policy disabled {ref} in {act.name} although: {why}"
    if who != POLICY and (proposal["_id"], who, ref) not in plain.approvals:
        yield f"{ref} is off in the name of {who}, who never approved it"
    if proposal["scope"] == "pattern" and ref in act.start.answering:
        yield f"{act.name} disabled {ref}, which answers"
    if act.recovers:
        view, at = act.start.view, document["disabled_at"]
        if held(view.standing_holds(), ref, proposal["kind"], after=at):
            yield f"{ref} was put on hold after its approval, and was disabled by recovery"
        if view.pause is not None and view.pause["at"] > at:
            yield f"{ref} was disabled by recovery during a later pause"


def _was_off(document: Document, after: View) -> bool:
    """An undo, whoever finished it, made it so again."""
    changes = [c for entry in after.journal.values() if entry["undo_of"] for c in entry["changes"]]
    return any(
        change["document_id"] == document["_id"]
        and change["result"] == "done"
        and change["after"]["values"].items() <= document.items()
        for change in changes
    )


def _holds(before: View, after: View, act: Act | None, plain: Plain) -> Iterator[str]:
    for one, was in before.holds.items():
        now = after.holds.get(one)
        if now == was:
            continue
        differs = {name for name in was if now is None or now.get(name) != was[name]}
        released = now is not None and not now["active"] and act is not None and now["released_by"] == act.by
        if not (act and one in act.may_end and released and differs <= RELEASE_FIELDS):
            yield f"{act.name if act else 'nobody'} changed {was['by']}'s hold {one}: {was} → {now}"
    for one in after.holds.keys() - before.holds.keys():
        hold = after.holds[one]
        if hold["by"] == POLICY:
            yield f"policy holds {hold}"
        if hold["by"] == OUTSIDE and (hold["provider"], hold["model_id"]) not in plain.enabled_outside:
            yield f"nobody outside enabled what {one} holds: {hold}"


def _questions(before: View, after: View, act: Act | None, plain: Plain) -> Iterator[str]:
    """About each of its models a question ends by a newer result, a change of the catalogue, or a person."""
    for one, was in before.proposals.items():
        now = after.proposals.get(one)
        if now is None:
            if was["state"] != "draft":
                yield f"{one} vanished"
            continue
        if was["state"] not in ASKED_ABOUT or was["scope"] is None:
            continue
        left = members_of(was) if now["state"] == "cleared" else set(members_of(was)) - set(members_of(now))
        for ref in left:
            if not _gone(was, ref, after, act, plain):
                yield f"{one} stopped asking about {ref} in {act.name if act else ''}: nothing became of it"


def _gone(was: Document, ref: Ref, after: View, act: Act | None, plain: Plain) -> bool:
    views = [after, *([act.start.view] if act else [])]
    return (
        plain.had_result_since(ref, evidence_until(was, ref))
        or any(not is_run(view, ref) or held(view.standing_holds(), ref, was["kind"]) for view in views)
        or any(ref in members_of(other) and other["_id"] != was["_id"] for other in after.in_state(*OPEN))
    )


def _identities(after: View, plain: Plain) -> Iterator[str]:
    fingerprints = Counter(one["fingerprint"] for one in after.in_state(*OPEN))
    yield from (f"two open proposals are about {name}" for name, n in fingerprints.items() if n > 1)
    for one, proposal in after.proposals.items():
        first = plain.fingerprints.setdefault(one, proposal["fingerprint"])
        if first != proposal["fingerprint"]:
            yield f"{one} was about {first}, and is about {proposal['fingerprint']}"
        moves = proposal["moves"]
        for earlier, later in pairwise(moves):
            if earlier["target"] != later["source"]:
                yield f"{one} leapt from {earlier['target']} to {later['source']}"
        if moves and moves[-1]["target"] != proposal["state"]:
            yield f"{one} is {proposal['state']}, and its last move led to {moves[-1]['target']}"


def _renames(after: View, plain: Plain) -> Iterator[str]:
    """The old model is never off for a successor that is nowhere."""
    there = {(ref[0], letters(ref[1])) for ref in map(ref_of, after.models.values())}
    there |= {(ref[0], letters(ref[1])) for ref in plain.removed_outside}
    for entry in after.journal.values():
        if entry["action"] != "rename" or entry["undo_of"] is not None:
            continue
        for change in entry["changes"]:
            document = after.models.get(change["document_id"], {})
            wanted = change["after"]["values"]
            marks = ("disabled_at", "disabled_by")
            ours = change["op"] == "set" and all(document.get(one) == wanted[one] for one in marks)
            successor = wanted.get("successor_model", "")
            if ours and document["enabled"] is False and (entry["provider"], letters(successor)) not in there:
                yield f"{entry['_id']} left {ref_of(document)} off, and {successor} is nowhere"
