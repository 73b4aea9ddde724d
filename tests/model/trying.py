"""So many examples of the machine, or until something is wrong."""

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import get_state_machine_test

from model.machine import Operator


def tried(
    machine: type[Operator], examples: int, steps: int, number: int | None, *, shrink: bool = True
) -> None:
    """So many examples; of this seed, or (None) always the same. Raises what was wrong, with its steps."""
    test = get_state_machine_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=number is None,
            deadline=None,
            database=None,
            print_blob=False,
            report_multiple_bugs=False,
            phases=(Phase.generate, *([Phase.shrink] if shrink else [])),
            suppress_health_check=list(HealthCheck),
        ),
    )
    (test if number is None else seed(number)(test))()
