"""One change to one document of `models`: before, after, and what became of it. Pure.

A change is made only while the document still holds what was read. Its inverse is a change too, so undoing is
changing back, under the same rule.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from operator_core.domain.base import Frozen, ModelRef, grouped
from operator_core.domain.proposals import State

OUTSIDE = "changed outside this bot"
STOOD_SO = "it stood so already"
SENT = "being written"  # said of a change without a result, from just before it is sent


class Op(StrEnum):
    """What is done to a document."""

    SET = "set"
    INSERT = "insert"
    DELETE = "delete"


class Result(StrEnum):
    """What became of a change."""

    PENDING = "pending"
    DONE = "done"
    ALREADY = "already"
    """It was so without us; nothing was written."""
    SKIPPED = "held"
    """Not tried: a hold, a pause, or something it depends on."""
    CONFLICT = "conflict"
    """Somebody changed the document since it was read."""
    FAILED = "failed"


LANDED = frozenset({Result.DONE, Result.ALREADY})
GRAVITY = (Result.ALREADY, Result.DONE, Result.SKIPPED, Result.CONFLICT, Result.FAILED, Result.PENDING)
"""Of several changes for one model, the gravest speaks."""


class Image(Frozen):
    """Some fields of a document as they were, or shall be."""

    values: Mapping[str, object] = {}
    absent: tuple[str, ...] = ()
    """Fields that are not there, which is not the same as null."""

    def differences(self, document: Mapping[str, object]) -> tuple[str, ...]:
        """How the document differs, a phrase for each field: `enabled: true → false`."""
        changed = [
            f"{name}: {_said(value)} → {_said(document[name]) if name in document else 'not set'}"
            for name, value in self.values.items()
            if name not in document
            or value != document[name]
            or isinstance(value, bool) != isinstance(document[name], bool)
        ]
        appeared = [f"{name}: not set → {_said(document[name])}" for name in self.absent if name in document]
        return (*changed, *appeared)

    @classmethod
    def taken(cls, document: Mapping[str, object], names: Sequence[str]) -> "Image":
        """Exactly these fields of a document."""
        return cls(
            values={name: document[name] for name in names if name in document},
            absent=tuple(name for name in names if name not in document),
        )


class Change(Frozen):
    """Intent and before-image of one document; on disk before the document is touched."""

    ref: ModelRef
    member: ModelRef
    """The member of the proposal that it is made for; a rename adds another model for it."""
    op: Op
    document_id: object = None
    before: Image = Image()
    """Exactly the fields that are written, as they were read."""
    based_on: Image = Image()
    """Fields that are not written, but must not have changed either."""
    after: Image = Image()
    needs: int | tuple[int, ...] | None = None
    """The positions of other changes of this batch that must have landed first; a single one stands alone."""
    exact: bool = False
    """A change back: nothing counts as done but exactly `after`."""
    result: Result = Result.PENDING
    detail: str = ""
    undone_by: str = ""
    undoes: int | None = None
    """The position, in the entry that is undone, of the change that this one takes back."""

    @property
    def needed(self) -> tuple[int, ...]:
        """`needs`, however many there are."""
        return (self.needs,) if isinstance(self.needs, int) else self.needs or ()

    @property
    def stands(self) -> bool:
        """We made it, and nobody took it back through us."""
        return self.result == Result.DONE and not self.undone_by

    @property
    def enables(self) -> int:
        """1 if it adds to the enabled models, -1 if it takes from them, else 0."""
        return int(self.after.values.get("enabled") is True) - int(self.before.values.get("enabled") is True)

    def with_result(self, result: Result, detail: str = "") -> "Change":
        return self.model_copy(update={"result": result, "detail": detail})


class Outcome(Frozen):
    """What became of one model, with the reason in words where something stood in the way."""

    ref: ModelRef
    result: Result
    detail: str = ""


def outcomes(changes: Sequence[Change]) -> tuple[Outcome, ...]:
    """One for each member, in the order of the changes."""
    by_member = grouped(changes, lambda change: change.member)
    return tuple(_outcome(ref, theirs) for ref, theirs in by_member.items())


def _outcome(ref: ModelRef, changes: Sequence[Change]) -> Outcome:
    gravest = max(changes, key=lambda change: GRAVITY.index(change.result))
    added = [str(c.ref) for c in changes if c.op == Op.INSERT and c.result == Result.DONE]
    beside = f"; {', '.join(added)} was added" if added and gravest.result not in LANDED else ""
    return Outcome(ref=ref, result=gravest.result, detail=f"{gravest.detail}{beside}")


def state_after(changes: Sequence[Change]) -> State:
    """What a proposal becomes when its batch is over."""
    results = {outcome.result for outcome in outcomes(changes)}
    if results <= LANDED:
        return State.EXECUTED
    if any(change.result == Result.DONE for change in changes):
        return State.PARTLY
    return State.FAILED if Result.FAILED in results else State.CONFLICTED


def result_when_unmatched(change: Change, document: Mapping[str, object] | None) -> tuple[Result, str]:
    """Why a compare-and-set found nothing to change: it landed before, is so anyway, or conflicts."""
    if landed(change, document):
        return result_when_landed(change)
    if document is None:
        return Result.CONFLICT, f"it is no longer in the catalogue, {OUTSIDE}"
    if said := already(change, document):
        return Result.ALREADY, said
    differences = [*change.based_on.differences(document), *change.before.differences(document)]
    if change.op == Op.DELETE:
        appeared = sorted(set(document) - {"_id", *change.before.values})
        differences += [f"{name}: not set → {_said(document[name])}" for name in appeared]
    return Result.CONFLICT, f"{', '.join(differences) or 'it changed this very moment'}, {OUTSIDE}"


def landed(change: Change, document: Mapping[str, object] | None) -> bool:
    """The document is as this change leaves it: made before a crash, and never recorded."""
    if document is None or change.op == Op.DELETE:
        return document is None and change.op == Op.DELETE
    return change.op == Op.INSERT or not change.after.differences(document)


def result_when_landed(change: Change) -> tuple[Result, str]:
    """Whose doing it is that the document is as this change leaves it: ours where it was sent, or bears our
    mark. A change back bears none."""
    marked = not change.exact and (change.op == Op.INSERT or "disabled_by" in change.after.values)
    return (Result.DONE, "") if marked or change.detail == SENT else (Result.ALREADY, STOOD_SO)


def landed_late(change: Change, document: Mapping[str, object] | None) -> bool:
    """The document is as this change leaves it, though the journal says: not made, or taken back.

    What bears no mark of ours, as an enabled model, counts only where it was taken back: else anybody may
    have done it.
    """
    if change.document_id is None or change.op == Op.DELETE or not landed(change, document):
        return False
    ours = change.op == Op.INSERT or "disabled_by" in change.after.values
    return bool(change.undone_by) or (ours and change.result not in {*LANDED, Result.PENDING})


def not_as_left(change: Change, document: Mapping[str, object] | None) -> str:
    """How the document differs from what this change made of it, in words; "" where it doesn't."""
    if landed(change, document):
        return ""
    if document is None:
        return "it is no longer in the catalogue"
    differences = change.after.differences(document) or ("it is in the catalogue again",)
    return f"{', '.join(differences)}, after it was taken back"


def already(change: Change, document: Mapping[str, object]) -> str:
    """That the model is enabled or disabled as wanted, though not by this change; "" where it isn't."""
    wanted, by = change.after.values.get("enabled"), document.get("disabled_by")
    if change.op != Op.SET or change.exact or (document.get("enabled") is True) != wanted:
        return ""
    return "already enabled" if wanted else "already disabled" + (f" by {by}" if isinstance(by, str) else "")


def undoing(changes: Sequence[Change], chosen: Sequence[int]) -> tuple[Change, ...]:
    """The changes back, last first: from exactly what was written to exactly what was there.

    What others depended on goes last, and only when all of these are back: a successor is deleted after every
    document of the old model runs again, and stays while a model that isn't taken back was disabled for it.
    """
    order = sorted(chosen, reverse=True)
    place = {index: position for position, index in enumerate(order)}
    return tuple(_back(changes, index, place) for index in order)


def _back(changes: Sequence[Change], index: int, place: Mapping[int, int]) -> Change:
    dependents = [one for one in _dependents(changes, index) if one in place or changes[one].stands]
    places = tuple(sorted(place[one] for one in dependents if one in place))
    change = changes[index]
    kept_for = next((changes[one].ref for one in dependents if one not in place), None)
    return Change(
        ref=change.ref,
        member=change.member,
        op=Op.DELETE if change.op == Op.INSERT else Op.SET,
        document_id=change.document_id,
        before=change.after,
        after=change.before,
        needs=places[0] if len(places) == 1 else places or None,
        undoes=index,
        exact=True,
        result=Result.SKIPPED if kept_for else Result.PENDING,
        detail=f"{change.ref.model_id} stays, because of {kept_for.model_id}" if kept_for else "",
    )


def _dependents(changes: Sequence[Change], index: int) -> tuple[int, ...]:
    """Those that needed this one's model: also where they were told that it is there already."""
    ref = changes[index].ref
    return tuple(
        position
        for position, change in enumerate(changes)
        if any(changes[needed].ref == ref for needed in change.needed)
    )


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"“{value[:80]}”"
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)[:80]
