"""A short look at the model: the same few examples each time. `make model` looks for as long as wanted."""

import pytest

from faults.taken_back import TAKEN_BACK
from model.laboratory import laboratory
from model.machine import Operator
from model.mutants import MUTANTS, ROOT, Mutant
from model.trying import tried

EXAMPLES, STEPS = 8, 25


@pytest.mark.timeout(300)
def test_whatever_happens_in_any_order_keeps_what_must_be_true(mongodb_uri: str) -> None:
    with laboratory(mongodb_uri) as Operator.lab:
        tried(Operator, EXAMPLES, STEPS, None)


@pytest.mark.parametrize("mutant", [*MUTANTS, *TAKEN_BACK], ids=lambda mutant: mutant.name)
def test_what_is_taken_back_by_make_mutants_is_found_in_the_code(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.now) == 1
