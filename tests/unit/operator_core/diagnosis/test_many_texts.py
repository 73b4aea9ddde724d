"""However many different texts one model fails with: every failure is counted, and few texts are read."""

from datetime import UTC, datetime

import pytest

from operator_core.diagnosis.results import MANY, Runs, Said, milliseconds
from operator_core.domain.base import ModelRef
from operator_core.domain.kinds import Evidence, Kind
from operator_core.domain.signals import joined

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
REF = ModelRef(provider="p", model_id="m-7b")
GONE = "The model `m-7b` does not exist"


def words(number: int) -> str:
    """Another word for each."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@pytest.mark.parametrize(
    "form", [GONE + " ({})", "{} is what the server said", "Overloaded, " * 12 + "by {}", "{}" * 20]
)
def test_each_failure_is_counted_and_few_texts_are_kept(form: str) -> None:
    runs = Runs()
    for number in range(20_000):
        text = form.format(*[words(number)] * 20)
        at = milliseconds(NOW) - number
        runs.fails(Said(shape=text, status=503), (at,), at, text)
    assert len(runs.failed) <= 2 * MANY + 1
    assert sum(group.count for group in runs.groups(REF, 0)) == runs.count == 20_000


def test_what_was_cut_is_no_evidence_against_a_model() -> None:
    runs, count = Runs(), 3 * MANY
    for number in range(count):
        text = f"{GONE}. Ask {words(number)}"
        at = milliseconds(NOW) - number
        runs.fails(Said(shape=text), (at,), at, text)
    groups = runs.groups(REF, 0)
    gone = joined([group for group in groups if group.kind == Kind.HARD_MODEL])
    assert (gone.evidence, joined(groups).count) == (Evidence.NONE, count)
    few = Runs()
    few.fails(Said(shape=GONE), (milliseconds(NOW),), milliseconds(NOW), GONE)
    [group] = few.groups(REF, 0)
    assert (group.kind, group.evidence) == (Kind.HARD_MODEL, Evidence.WORDS)
