"""What a button carries: it comes back as it was, and fits into what Slack takes."""

import pytest

from bot.slack.views.actions import STAMPED, Later, Target
from operator_core.domain.holds import Hold, Origin
from operator_core.domain.mode import Deployment
from support.view_values import NOW, entry, proposal

HELD = Hold(id="H-1", provider="groq", model_id="m", by="U0ANA", at=NOW, origin=Origin.UNDID)


@pytest.mark.parametrize(
    "target",
    [
        Target.on(proposal(3, revision=12)),
        Target.on(proposal(3), Later.TOMORROW),
        Target.on(entry()),
        Target.on(HELD),
        Target(id="autopilot"),
        Target(id="P-1", revision=3),
        Target(id="P-1", revision=3, choice="details"),
    ],
)
def test_what_a_button_carries_comes_back_as_it_was(target: Target) -> None:
    stamped = f"{target}{STAMPED}0123abcd.llm-bench"
    assert Target.parse(stamped) == target.model_copy(update={"stamp": "0123abcd.llm-bench"})


def test_the_longest_option_of_a_menu_fits_into_what_slack_takes() -> None:
    here = Deployment(id="0123abcd", database="d" * 63, made_at=NOW)
    longest = Target.on(proposal(3, id_="P-1234567", revision=9999), Later.TOMORROW)
    assert len(f"{longest}{STAMPED}{here.stamp}") <= 75
