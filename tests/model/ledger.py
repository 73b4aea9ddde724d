"""Whether what the journal claims, no more and no less, explains how a document became what it is."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from model.platform import Document, Edit

State = Document | None
"""A document of `models`; None where there is none."""
ClaimKey = tuple[str, int]


@dataclass(frozen=True)
class Claim:
    """The journal says of one change that it was made."""

    key: ClaimKey
    document_id: object
    op: str
    before: Document
    after: Document
    back: bool
    """It is an undo's."""

    @property
    def unmarked(self) -> bool:
        """What it makes of the document may be somebody else's doing as well; then nothing is written."""
        return self.op == "set" and (self.back or "disabled_by" not in self.after["values"])

    def taken_back(self) -> "Claim":
        op = {"set": "set", "insert": "delete", "delete": "insert"}[self.op]
        return replace(self, op=op, before=self.after, after=self.before)


@dataclass(frozen=True)
class _Impossible(Exception):
    why: str


def claims_of(journal: Mapping[str, Document], *, made: bool = True) -> dict[ClaimKey, Claim]:
    """Every change that any entry says was done, by us; or (not `made`) was not done, in one taken over."""
    return {
        (entry["_id"], index): Claim(
            (entry["_id"], index),
            change["document_id"],
            change["op"],
            change["before"],
            change["after"],
            entry["undo_of"] is not None,
        )
        for entry in journal.values()
        for index, change in enumerate(entry["changes"])
        if (change["result"] == "done") is made and (made or entry["fence"] > 1)
    }


def explained(
    old: State, new: State, claims: Sequence[Claim], edits: Sequence[Edit], hidden: Sequence[Claim]
) -> bool:
    """Whether the claims in some order, among the edits in theirs, lead from the old to the new one.

    `hidden`: may have been made as well, where an edit or a claim came upon it before recovery could see it.
    """
    waiting: list[tuple[State, tuple[Claim, ...], tuple[Edit, ...]]] = [
        (old, (*claims, *hidden), tuple(edits))
    ]
    seen: set[str] = set()
    while waiting:
        state, left, coming = waiting.pop()
        if state == new and not coming and all(claim in hidden for claim in left):
            return True
        here = f"{[claim.key for claim in left]} {len(coming)} {state}"
        if here in seen:
            continue
        seen.add(here)
        for number, claim in enumerate(left):
            over = any(_writes_over(edit, claim) for edit in coming) or any(one not in hidden for one in left)
            if claim in hidden and not over:
                continue
            with suppress(_Impossible):
                waiting.append((_made(claim, state), (*left[:number], *left[number + 1 :]), coming))
        if coming:
            waiting.append((edited(coming[0], state), left, coming[1:]))
    return False


def _writes_over(edit: Edit, claim: Claim) -> bool:
    return edit.removed or not edit.set.keys().isdisjoint(claim.after["values"])


def edited(edit: Edit, state: State) -> State:
    if edit.removed:
        return None
    if edit.whole is not None:
        return dict(edit.whole)
    return None if state is None else {**state, **edit.set}


def unexplained(
    old: Mapping[object, Document],
    new: Mapping[object, Document],
    before: Mapping[ClaimKey, Claim],
    after: Mapping[ClaimKey, Claim],
    edits: Sequence[Edit],
    hidden: Mapping[ClaimKey, Claim],
) -> Iterator[str]:
    """The documents whose change the journal's new claims, and those it withdrew, don't explain."""
    fresh = [claim for key, claim in after.items() if key not in before]
    fresh += [claim.taken_back() for key, claim in before.items() if key not in after]
    ids: dict[Any, None] = dict.fromkeys([*old, *new, *(claim.document_id for claim in fresh)])
    for one in ids:
        claims = [claim for claim in fresh if claim.document_id == one]
        mine = [edit for edit in edits if edit.document_id == one]
        unseen = [claim for key, claim in hidden.items() if claim.document_id == one and key not in before]
        if not explained(old.get(one), new.get(one), claims, mine, unseen):
            said = ", ".join(f"{claim.key[0]}.{claim.key[1]} {claim.op}" for claim in claims) or "nothing"
            yield f"{one} went from {old.get(one)} to {new.get(one)}; claimed: {said}; edits: {mine}"


def _made(claim: Claim, state: State) -> State:
    if claim.op == "insert":
        if state is not None:
            raise _Impossible("it is there already")
        return {"_id": claim.document_id, **claim.after["values"]}
    if state is not None and claim.unmarked and _looks_like(claim.after, state):
        return state
    if state is None or not _looks_like(claim.before, state):
        raise _Impossible("it is not as it was read")
    if claim.op == "delete":
        if set(state) != {"_id", *claim.before["values"]}:
            raise _Impossible("it has more than we gave it")
        return None
    kept = {name: value for name, value in state.items() if name not in claim.after["absent"]}
    return {**kept, **claim.after["values"]}


def _looks_like(image: Document, state: Document) -> bool:
    present = all(name in state and state[name] == value for name, value in image["values"].items())
    return present and not any(name in state for name in image["absent"])
