"""Forty of the worst days, always the same ones; `make faults` draws others, as many as it is asked for."""

import pytest

from faults.__main__ import main

FORTY = ["--scenarios", "40", "--seed", "40", "--at-once", "4", "--no-shrink", "--verbose"]


@pytest.mark.timeout(900)
def test_forty_bad_days_leave_nothing_wrong() -> None:
    """Replicas share two cores with the other tests here: what is wrong for want of time is played again."""
    assert main([*FORTY, "--again"]) == 0
