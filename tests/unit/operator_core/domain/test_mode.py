"""Of what was chosen and what operator.toml allows, the lesser is in force."""

import pytest

from operator_core.domain.mode import Mode, lesser

OFF, SHADOW, ON = Mode


@pytest.mark.parametrize(
    ("chosen", "allowed", "in_force"),
    [
        (OFF, OFF, OFF),
        (SHADOW, OFF, OFF),
        (ON, OFF, OFF),
        (OFF, SHADOW, OFF),
        (SHADOW, SHADOW, SHADOW),
        (ON, SHADOW, SHADOW),
        (OFF, ON, OFF),
        (SHADOW, ON, SHADOW),
        (ON, ON, ON),
    ],
)
def test_the_lesser_is_in_force(chosen: Mode, allowed: Mode, in_force: Mode) -> None:
    assert lesser(chosen, allowed) == in_force
