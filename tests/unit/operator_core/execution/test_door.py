"""Who must look before a change is made: policy within a lease, people once, an undo not at all."""

from datetime import timedelta

import pytest

from operator_core.domain.changes import Change, Op, Result
from operator_core.domain.journal import JournalEntry
from operator_core.domain.proposals import POLICY, ProposalAction
from operator_core.errors import LeaseLost
from operator_core.execution.door import let_through, must_look
from operator_core.execution.plan import Objections
from support.evidence import NOW, ref

LEASE = timedelta(seconds=30)
NOT_LOOKED = None
SAW = Objections(gates_at=NOW, gates_of=frozenset({ref("a")}))
LONG_AGO = SAW.model_copy(update={"gates_at": NOW - LEASE})
WITHOUT_GATES = Objections()


def entry(by: str, result: Result = Result.PENDING, undo_of: str | None = None) -> JournalEntry:
    return JournalEntry(
        id="J-1",
        proposal_id="P-1",
        revision=1,
        action=ProposalAction.DISABLE,
        provider="groq",
        by=by,
        started_at=NOW,
        owner="us",
        lease=NOW + LEASE,
        undo_of=undo_of,
        changes=(Change(ref=ref("a"), member=ref("a"), op=Op.SET, result=result),),
    )


@pytest.mark.parametrize(
    ("of", "looked", "must"),
    [
        (entry(POLICY), NOT_LOOKED, True),
        (entry(POLICY), LONG_AGO, True),
        (entry(POLICY), WITHOUT_GATES, True),
        (entry(POLICY), SAW, False),
        (entry(POLICY, Result.DONE), NOT_LOOKED, False),
        (entry(POLICY, undo_of="J-0"), NOT_LOOKED, True),
        (entry("U1"), NOT_LOOKED, True),
        (entry("U1"), WITHOUT_GATES, False),
        (entry("U1"), LONG_AGO, False),
        (entry("U1", Result.SKIPPED), NOT_LOOKED, False),
        (entry("U1", undo_of="J-0"), NOT_LOOKED, False),
    ],
)
def test_nothing_passes_that_must_be_looked_at(
    of: JournalEntry, looked: Objections | None, must: bool
) -> None:
    assert must_look(of, 0, looked, NOW, LEASE) is must
    if must:
        with pytest.raises(LeaseLost, match="nobody looked just now"):
            let_through(of, 0, looked, NOW, LEASE)
    else:
        assert let_through(of, 0, looked, NOW, LEASE).change == of.changes[0]
