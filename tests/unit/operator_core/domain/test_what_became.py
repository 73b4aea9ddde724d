"""What stands of a change, what it did to the enabled ones, and what is said of a model's several changes."""

from typing import Any

import pytest

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import Change, Image, Op, Result, outcomes, result_when_unmatched, undoing

OLD, NEW = (ModelRef(provider="groq", model_id=name) for name in ("old", "new"))
OUTSIDE = "changed outside this bot"


def change(ref: ModelRef = OLD, **said: Any) -> Change:
    return Change(**{"ref": ref, "member": OLD, "op": Op.SET, **said})


def switch(before: object, after: object) -> Change:
    first, then = (Image(values={"enabled": value}) for value in (before, after))
    return change(before=first, after=then)


@pytest.mark.parametrize(
    ("result", "undone_by", "stands"),
    [
        (Result.DONE, "", True),
        (Result.DONE, "J-1u1", False),
        (Result.DONE, "outside", False),
        (Result.ALREADY, "", False),
        (Result.FAILED, "", False),
        (Result.PENDING, "J-1u1", False),
    ],
)
def test_what_we_made_and_nobody_took_back_stands(result: Result, undone_by: str, stands: bool) -> None:
    assert change(result=result, undone_by=undone_by).stands is stands


@pytest.mark.parametrize(
    ("before", "after", "by"),
    [
        (True, False, -1),
        (False, True, 1),
        (None, True, 1),
        (True, True, 0),
        (False, False, 0),
        (1, False, 0),
        (True, "yes", -1),
    ],
)
def test_what_a_change_does_to_the_count_of_the_enabled(before: object, after: object, by: int) -> None:
    assert switch(before, after).enables == by
    assert change(op=Op.INSERT, after=Image(values={"enabled": True})).enables == 1


CONFLICT = change(result=Result.CONFLICT, detail="it changed")
ADDED = change(NEW, op=Op.INSERT, result=Result.DONE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([ADDED, CONFLICT], "it changed; groq/new was added"),
        ([ADDED, change(result=Result.DONE)], ""),
        ([ADDED, change(result=Result.ALREADY, detail="already disabled")], ""),
        ([change(NEW, op=Op.INSERT, result=Result.SKIPPED), CONFLICT], "it changed"),
        ([change(result=Result.DONE), CONFLICT], "it changed"),
        ([CONFLICT], "it changed"),
    ],
)
def test_what_was_added_before_something_stood_in_the_way_is_said(changes: list[Change], said: str) -> None:
    (one,) = outcomes(changes)
    assert one.detail == said


@pytest.mark.parametrize(
    ("op", "document", "said"),
    [
        (
            Op.DELETE,
            {"_id": 1, "enabled": True, "note": "x", "by": "y"},
            "by: not set → “y”, note: not set → “x”, ",
        ),
        (Op.DELETE, {"_id": 1, "enabled": False}, "enabled: true → false, "),
        (Op.DELETE, {"_id": 1, "enabled": True}, "it changed this very moment, "),
        (Op.SET, {"_id": 1, "enabled": True, "note": "x"}, "it changed this very moment, "),
    ],
)
def test_what_somebody_added_keeps_a_document_from_being_deleted(
    op: Op, document: dict[str, object], said: str
) -> None:
    there = Image(values={"enabled": True})
    made = change(op=op, before=there, after=Image(values={"enabled": None}), exact=True)
    assert result_when_unmatched(made, document) == (Result.CONFLICT, f"{said}{OUTSIDE}")


@pytest.mark.parametrize("standing", [True, False])
def test_a_successor_stays_while_what_needed_it_is_off(standing: bool) -> None:
    """The old model's own switch may have been taken back before."""
    off = change(needs=0, result=Result.DONE, undone_by="" if standing else "J-1u1")
    (back,) = undoing([ADDED, off], [0])
    assert (back.op, back.exact) == (Op.DELETE, True)
    assert back.result == (Result.SKIPPED if standing else Result.PENDING)
    assert back.detail == ("new stays, because of old" if standing else "")
