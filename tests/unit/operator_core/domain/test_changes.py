"""Changes and their plans: what is written, what counts as a difference, and how a batch ends."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operator_core.domain.base import ModelRef
from operator_core.domain.changes import (
    STOOD_SO,
    Change,
    Image,
    Op,
    Result,
    already,
    landed,
    landed_late,
    not_as_left,
    outcomes,
    result_when_unmatched,
    state_after,
    undoing,
)
from operator_core.domain.proposals import State

NAMES = st.sampled_from(["enabled", "disabled_reason", "disabled_at", "disabled_by", "note"])
VALUES = st.sampled_from([None, True, False, 0, 1, "", "x"])
DOCUMENTS = st.dictionaries(NAMES, VALUES)


def change(model_id: str = "m", **fields: object) -> Change:
    ref = ModelRef(provider="groq", model_id=model_id)
    return Change.model_validate({"ref": ref, "member": ref, "op": Op.SET, **fields})


def ended(*results: Result) -> tuple[Change, ...]:
    return tuple(change(str(number), result=result) for number, result in enumerate(results))


@given(DOCUMENTS)
def test_an_image_fits_the_document_it_was_taken_of(document: dict[str, object]) -> None:
    names = ["enabled", "disabled_reason", "disabled_at"]

    assert not Image.taken(document, names).differences(document)


@given(DOCUMENTS, DOCUMENTS)
def test_a_difference_is_never_missed(one: dict[str, object], other: dict[str, object]) -> None:
    names = sorted({*one, *other})
    alike = {n: (n in one, repr(one.get(n))) for n in names} == {
        n: (n in other, repr(other.get(n))) for n in names
    }

    assert bool(Image.taken(one, names).differences(other)) is not alike


def test_differences_are_told_in_words() -> None:
    image = Image(values={"enabled": True, "disabled_at": None, "note": "x"}, absent=("disabled_by",))

    assert image.differences(
        {"enabled": False, "disabled_at": datetime(2026, 11, 18, 9, tzinfo=UTC), "disabled_by": "ben"}
    ) == (
        "enabled: true → false",
        "disabled_at: null → 2026-11-18 09:00:00",
        "note: “x” → not set",
        "disabled_by: not set → “ben”",
    )


@pytest.mark.parametrize(
    ("results", "state"),
    [
        ((Result.DONE, Result.ALREADY), State.EXECUTED),
        ((Result.ALREADY,), State.EXECUTED),
        ((Result.DONE, Result.CONFLICT), State.PARTLY),
        ((Result.DONE, Result.FAILED), State.PARTLY),
        ((Result.ALREADY, Result.CONFLICT), State.CONFLICTED),
        ((Result.SKIPPED,), State.CONFLICTED),
        ((Result.CONFLICT, Result.FAILED), State.FAILED),
    ],
)
def test_a_batch_ends_in_the_state_that_its_results_give(results: tuple[Result, ...], state: State) -> None:
    assert state_after(ended(*results)) == state


def test_a_rename_is_one_outcome_and_says_what_was_added_when_it_stopped_half_way() -> None:
    old, new = ModelRef(provider="groq", model_id="old"), ModelRef(provider="groq", model_id="new")
    added = change(ref=new, member=old, op=Op.INSERT, result=Result.DONE)
    stuck = change(ref=old, member=old, needs=0, result=Result.CONFLICT, detail="it moved")

    (outcome,) = outcomes([added, stuck])

    assert (outcome.ref, outcome.result, outcome.detail) == (
        old,
        Result.CONFLICT,
        "it moved; groq/new was added",
    )


def test_undoing_turns_the_order_round_and_keeps_the_successor_until_the_old_one_is_back() -> None:
    added = change("new", op=Op.INSERT, after=Image(values={"enabled": True}))
    switched = change("old", needs=0, before=Image(values={"enabled": True}))

    back, deleted = undoing([added, switched], [0, 1])

    assert (back.ref.model_id, back.op, back.needs, back.undoes) == ("old", Op.SET, None, 1)
    assert (deleted.ref.model_id, deleted.op, deleted.needs, deleted.undoes) == ("new", Op.DELETE, 0, 0)
    assert deleted.before == added.after


def test_undoing_keeps_the_successor_until_all_that_depended_on_it_are_back() -> None:
    added = change("new", op=Op.INSERT, after=Image(values={"enabled": True}))
    switched = [change("old", needs=0, document_id=number) for number in range(3)]

    *back, deleted = undoing([added, *switched], [0, 1, 2, 3])

    assert [one.needs for one in back] == [None] * 3
    assert deleted.needed == (0, 1, 2)


def test_undoing_keeps_the_successor_of_a_model_that_is_not_taken_back() -> None:
    added = change("new", op=Op.INSERT, result=Result.DONE)
    there = change("new", op=Op.INSERT, result=Result.ALREADY)
    switched = [change("a", needs=0, result=Result.DONE), change("b", needs=2, result=Result.DONE)]

    back, kept = undoing([added, switched[0], there, switched[1]], [0, 1])

    assert (back.ref.model_id, back.result) == ("a", Result.PENDING)
    assert (kept.op, kept.result, kept.detail) == (Op.DELETE, Result.SKIPPED, "new stays, because of b")


@pytest.mark.parametrize(
    ("stored", "needed"), [(None, ()), (0, (0,)), (3, (3,)), ([0, 2], (0, 2)), ([1], (1,))]
)
def test_what_a_change_needs_is_read_as_it_was_stored(stored: object, needed: tuple[int, ...]) -> None:
    assert change(needs=stored).needed == needed


@pytest.mark.parametrize("needs", [None, 0, 3])
def test_what_an_older_version_can_read_is_stored_as_it_wrote_it(needs: int | None) -> None:
    assert change(needs=needs).model_dump()["needs"] == needs


def test_a_change_back_counts_as_done_only_when_it_is_exact() -> None:
    after = Image(values={"enabled": True}, absent=("disabled_by",))
    document = {"enabled": True, "disabled_by": "ben"}

    assert result_when_unmatched(change(after=after), document)[0] == Result.ALREADY
    assert result_when_unmatched(change(after=after, exact=True), document)[0] == Result.CONFLICT


GONE = "it is no longer in the catalogue"
ON, OFF = Image(values={"enabled": True}), Image(values={"enabled": False, "disabled_by": "us"})


@pytest.mark.parametrize(
    ("value", "other"), [(True, 1), (1, True), (False, 0), (0, False), (True, 1.0), (0.0, False)]
)
def test_true_is_not_one_and_false_is_not_zero(value: object, other: object) -> None:
    image = Image(values={"enabled": value})

    assert image.differences({"enabled": other})
    assert not image.differences({"enabled": value})


@pytest.mark.parametrize(
    ("made", "document", "result"),
    [
        (change(after=OFF), {"enabled": False, "disabled_by": "us"}, (Result.DONE, "")),
        (change(op=Op.INSERT), {"anything": 1}, (Result.DONE, "")),
        (change(after=ON), {"enabled": True}, (Result.ALREADY, STOOD_SO)),
        (change(after=ON, exact=True), {"enabled": True}, (Result.ALREADY, STOOD_SO)),
        (change(after=OFF, exact=True), {"enabled": False, "disabled_by": "us"}, (Result.ALREADY, STOOD_SO)),
        (change(op=Op.DELETE, exact=True), None, (Result.ALREADY, STOOD_SO)),
        (change(after=ON), None, (Result.CONFLICT, f"{GONE}, changed outside this bot")),
        (change(op=Op.INSERT), None, (Result.CONFLICT, f"{GONE}, changed outside this bot")),
        (change(after=OFF), {"enabled": False}, (Result.ALREADY, "already disabled")),
        (
            change(after=OFF, before=ON),
            {"enabled": True},
            (Result.CONFLICT, "it changed this very moment, changed outside this bot"),
        ),
    ],
)
def test_what_found_nothing_to_change_says_why(
    made: Change, document: dict[str, object] | None, result: tuple[Result, str]
) -> None:
    assert result_when_unmatched(made, document) == result


@pytest.mark.parametrize(
    ("made", "document", "so"),
    [
        (change(op=Op.INSERT, after=ON), {"enabled": False}, True),
        (change(op=Op.INSERT, after=ON), {}, True),
        (change(op=Op.INSERT, after=ON), None, False),
        (change(after=ON), {"enabled": False}, False),
        (change(after=ON), {"enabled": True, "note": "x"}, True),
        (change(op=Op.DELETE, after=ON), {"enabled": True}, False),
    ],
)
def test_what_was_inserted_has_landed_whatever_became_of_it(
    made: Change, document: dict[str, object] | None, so: bool
) -> None:
    assert landed(made, document) is so


def failed(op: Op, after: Image, undone_by: str = "") -> Change:
    return change(op=op, after=after, undone_by=undone_by, document_id=1, result=Result.FAILED)


AS_OFF = {"enabled": False, "disabled_by": "us"}


@pytest.mark.parametrize(
    ("made", "document", "late"),
    [
        (failed(Op.SET, OFF), AS_OFF, True),
        (change(after=OFF, result=Result.FAILED), AS_OFF, False),
        (failed(Op.INSERT, ON), {"enabled": True}, True),
        (failed(Op.DELETE, OFF), None, False),
        (failed(Op.DELETE, OFF, "J-1u1"), None, False),
        (failed(Op.SET, ON), {"enabled": True}, False),
        (failed(Op.SET, ON, "J-1u1"), {"enabled": True}, True),
        (change(after=OFF, document_id=1, result=Result.PENDING), AS_OFF, False),
        (change(after=OFF, document_id=1, result=Result.DONE), AS_OFF, False),
        (change(after=OFF, document_id=1, result=Result.CONFLICT), AS_OFF, True),
        (change(after=OFF, document_id=1, result=Result.SKIPPED), {"enabled": True}, False),
    ],
)
def test_only_what_bears_our_mark_or_was_taken_back_counts_as_a_late_write(
    made: Change, document: dict[str, object] | None, late: bool
) -> None:
    assert landed_late(made, document) is late


@pytest.mark.parametrize(
    ("made", "document", "differs"),
    [
        (change(after=ON), {"enabled": True}, ""),
        (change(after=ON), None, GONE),
        (change(after=ON), {"enabled": False}, "enabled: true → false, after it was taken back"),
        (change(op=Op.DELETE), None, ""),
        (
            change(op=Op.DELETE),
            {"enabled": True},
            "it is in the catalogue again, after it was taken back",
        ),
        (change(op=Op.INSERT), None, GONE),
    ],
)
def test_what_is_not_as_an_undo_left_it_is_named(
    made: Change, document: dict[str, object] | None, differs: str
) -> None:
    assert not_as_left(made, document) == differs


@pytest.mark.parametrize(
    ("made", "document", "said"),
    [
        (change(after=ON), {"enabled": True}, "already enabled"),
        (change(after=ON), {"enabled": True, "disabled_by": "ben"}, "already enabled"),
        (change(after=OFF), {"enabled": False}, "already disabled"),
        (change(after=OFF), {"enabled": False, "disabled_by": "ben"}, "already disabled by ben"),
        (change(after=OFF), {"enabled": False, "disabled_by": 7}, "already disabled"),
        (change(op=Op.INSERT, after=ON), {"enabled": True}, ""),
        (change(op=Op.DELETE, after=ON), {"enabled": True}, ""),
        (change(after=ON, exact=True), {"enabled": True}, ""),
    ],
)
def test_a_switch_that_others_made_is_said_with_who(
    made: Change, document: dict[str, object], said: str
) -> None:
    assert already(made, document) == said


@pytest.mark.parametrize(("length", "told"), [(79, 79), (80, 80), (81, 80), (500, 80)])
def test_no_value_is_told_at_length(length: int, told: int) -> None:
    digits = Image(values={"note": 0}).differences({"note": 10 ** (length - 1)})
    words = Image(values={"note": 0}).differences({"note": "x" * length})

    assert digits == (f"note: 0 → 1{'0' * (told - 1)}",)
    assert words == (f"note: 0 → “{'x' * told}”",)


def test_what_needed_a_model_by_another_change_of_it_waits_for_that_too() -> None:
    """A second document of the successor was there already: whoever needed that one needs the first."""
    added = change("new", op=Op.INSERT, result=Result.DONE)
    there = change("new", op=Op.INSERT, result=Result.ALREADY)
    switched = change("old", needs=1, result=Result.DONE)

    *_, deleted = undoing([added, there, switched], [0, 2])

    assert deleted.needed == (0,)
