"""The scenarios of `make faults` hold what its page says, and a seed always draws the same ones."""

from collections import Counter

import pytest

from faults.page import CLASSES, FRAME, frame_with, struck, told, with_section
from faults.scenario import Step, drawn
from faults.steps import DOERS

NAMED_IN_STEPS = 500
AT_LEAST = 50
"""Drawn so often in 500 scenarios, each class strikes more than twenty times: a third of what waits for a
certain write or call comes to it."""


def test_a_seed_draws_the_same_scenario_each_time_and_another_seed_another() -> None:
    assert drawn(7, 3) == drawn(7, 3)
    assert drawn(7, 3) != drawn(8, 3)
    assert len({drawn(7, number) for number in range(50)}) == 50


def test_each_step_that_is_drawn_can_be_done_and_each_that_can_be_done_is_drawn() -> None:
    steps = [step for number in range(NAMED_IN_STEPS) for step in drawn(1, number).all_steps]
    assert {step.what for step in steps} == set(DOERS)


SAID = {
    "away": "mongodb: cut off",
    "slowed": "mongodb: slow",
    "slack away": "slack: away",
    "foreign": "envelope: another workspace",
    "catalogue": "catalogue: shrunk",
    "kill": "process: SIGKILL",
    "sleep": "process: SIGSTOP",
    "restart": "process: restarted",
    "clock": "process: clock set",
    "odd": "odd: ",
    "future": "future: ",
    "outside": "outside: ",
    "stranger": "people: a stranger's click",
}


def said_of(step: Step) -> str:
    """What the page will count, where it strikes."""
    match step.what:
        case "wire" | "slack":
            code = step["code"] if step["befalls"] in ("error", "error after", "refused") else ""
            return f"{step.what}: {step['befalls']} {code}".strip()
        case "envelope" | "sockets":
            return f"{step.what.removesuffix('s')}: {step['how']}"
        case "llm":
            return f"llm: {step['mood']}"
    return SAID.get(step.what, step.what)


@pytest.mark.parametrize("seed", [1, 2, 3, 40, 20261128])
def test_each_class_of_fault_is_drawn_often_enough_to_strike(seed: int) -> None:
    drawn_steps = [step for number in range(500) for step in drawn(seed, number).all_steps]
    classes = struck(Counter(said_of(step) for step in drawn_steps))
    seldom = {name: count for name, count in classes.items() if count < AT_LEAST}
    assert set(seldom) == {name for name in CLASSES if name.startswith("(not promised")}, seldom


@pytest.mark.parametrize("place", [0, 3, -1])
def test_a_scenario_without_a_step_has_all_the_others(place: int) -> None:
    whole = drawn(2, 5)
    place %= len(whole.all_steps)
    left = whole.without(place)
    assert left.all_steps == whole.all_steps[:place] + whole.all_steps[place + 1 :]
    assert len(left.early) + len(left.steps) == len(whole.all_steps) - 1


def test_the_page_counts_each_class_of_fault_and_keeps_the_other_section() -> None:
    counts = Counter({"wire: kill": 2, "wire: kill after": 3, "process: SIGKILL": 1, "wire: error 91": 4})
    counts |= Counter({"wire: error after 262": 5, "slack: refused is_archived": 6, "odd: nan": 7})
    said = struck(counts)
    assert said["SIGKILL, at a write or at any time"] == 6
    assert said["MongoDB: an error before the write"] == 4
    assert said["MongoDB: an error after the write"] == 5
    assert sum(said.values()) == sum(counts.values())
    page = with_section(
        with_section(FRAME, "mutation", "of old"), "faults", told(counts, 1, "9 scenarios, all well.")
    )
    assert '`make faults ARGS="--scenarios 9 --seed 1"`: 9 scenarios, all well.' in page
    assert "| documents of odd BSON types | 7 |" in page
    assert frame_with(page) == page
    assert len(CLASSES) == len(said)
