"""What a proposal is about, in short: the same on every machine, and another for anything else."""

import pytest

from operator_core.domain.proposals import Proposal, ProposalAction, contents_of, revised
from support.view_values import NOW, member, proposal


def test_contents_are_the_same_on_every_machine() -> None:
    about = [("bedrock", "claude-v2", ""), ("bedrock", "großes-modell\ud800", "")]
    assert contents_of("disable", about) == contents_of("disable", reversed(about)) == "37f507fb"


@pytest.mark.parametrize(
    "other",
    [
        proposal(3, action=ProposalAction.ENABLE),
        proposal(4),
        proposal(2),
        proposal(3, name="another-{}"),
        proposal(3, provider="groq"),
        proposal(3, members=(member("model-0", successor="x"), member("model-1"), member("model-2"))),
    ],
)
def test_another_action_or_other_members_are_other_contents(other: Proposal) -> None:
    assert other.contents != proposal(3).contents


def test_counts_texts_and_numbers_are_no_contents() -> None:
    members = tuple(member(f"model-{n}", failures=99, sample="other words") for n in (2, 0, 1))
    same = proposal(3, id_="P-9", members=members, reasoning="another")
    assert same.contents == proposal(3).contents


def test_earlier_revisions_keep_what_they_were_about() -> None:
    first = proposal(3)
    second = revised(first, proposal(2), NOW, "run-2")
    seen = [second.as_of(revision) for revision in (1, 2)]
    assert [one and one.contents for one in seen] == [first.contents, second.contents]
    assert second.revision == 2
    assert second.as_of(3) is None, "it never was"


def test_members_stay_in_their_order_while_the_revision_does() -> None:
    """A tick in an open dialog is a position among them."""
    before = proposal(3)
    turned = before.model_copy(update={"members": before.members[::-1]})
    after = revised(before, turned, NOW, "run-2")
    assert (after.revision, after.refs) == (before.revision, before.refs)
