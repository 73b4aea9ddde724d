"""docs/decisions.md says what the code does: its diagram, its table of kinds, its settings, its example."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.commands.classify import classify
from bot.settings import load_settings
from operator_core.domain.kinds import Kind
from operator_core.domain.proposals import TRANSITIONS
from operator_core.domain.situations import Scope, fingerprint_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
SETTINGS = load_settings(ROOT / "operator.toml")
POLICY, ANALYSIS = SETTINGS.policy, SETTINGS.analysis

TRAITS: dict[str, Callable[[Kind], bool]] = {
    "soft": lambda kind: kind.traits.soft,
    "outage": lambda kind: kind.traits.outage,
    "definite": lambda kind: kind.traits.definite,
    "alone": POLICY.kinds.__contains__,
    "attend": lambda kind: kind.traits.attend,
    "outlasts silence": lambda kind: kind.traits.outlasts_silence,
    "blameless": lambda kind: kind.traits.blameless,
    "blames model": lambda kind: kind.traits.blames_model,
}
"""The columns of the table of kinds, and where the code says so."""


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def table_under(*header: str) -> list[list[str]]:
    """The rows of the one table that has this header."""
    lines = PAGE.splitlines()
    [at] = [number for number, line in enumerate(lines) if cells_of(line) == list(header)]
    rows: list[list[str]] = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(cells_of(line))
    return rows


def gates() -> list[list[str]]:
    """The numbered rows: the gates, and the brakes after them."""
    return [cells_of(line) for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def as_written(value: object) -> str:
    """A setting's value as the page spells it."""
    return ", ".join(value) if isinstance(value, tuple) else json.dumps(value).removesuffix(".0")


def one_line_objects(*fields: str) -> list[dict[str, Any]]:
    """The JSON objects that fill a line of the page and have exactly these fields."""
    found = [json.loads(line) for line in PAGE.splitlines() if line.startswith("{") and line.endswith("}")]
    return [one for one in found if set(one) == set(fields)]


def test_the_diagram_has_exactly_the_moves_of_the_table() -> None:
    [diagram] = re.findall(r"```mermaid\nstateDiagram-v2\n(.*?)```", PAGE, re.DOTALL)
    arrows = re.findall(r"^    (\w+) --> (\w+): \S.*$", diagram, re.MULTILINE)
    assert sorted(arrows) == sorted(
        (source, target) for source in TRANSITIONS for target in TRANSITIONS[source]
    )
    ends = re.findall(r"^    (\w+) --> \[\*\]$", diagram, re.MULTILINE)
    assert sorted(ends) == sorted(source for source in TRANSITIONS if not TRANSITIONS[source])


def test_every_kind_has_a_row_and_the_traits_that_the_code_gives_it() -> None:
    header = ("kind", "means", *TRAITS)
    rows = table_under(*header)
    said = {row[0].strip("`"): dict(zip(header[2:], row[2:], strict=True)) for row in rows}
    assert said == {
        kind: {trait: "yes" if has(kind) else "–" for trait, has in TRAITS.items()} for kind in Kind
    }


@pytest.mark.parametrize("key", type(POLICY).model_fields)
def test_every_setting_of_policy_is_named_with_its_value(key: str) -> None:
    [setting] = [row[2] for row in gates() if row[2].startswith(f"`{key}`")]
    assert setting.partition(":")[0] == f"`{key}` = {as_written(getattr(POLICY, key))}"


@pytest.mark.parametrize("key", type(ANALYSIS).model_fields)
def test_every_setting_of_analysis_is_named_with_its_value(key: str) -> None:
    assert f"`{key}` ({as_written(getattr(ANALYSIS, key))})" in PAGE


def test_the_gates_are_numbered_in_their_order() -> None:
    numbers = [int(row[0]) for row in gates()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w./-]+\.py)`", PAGE))))
def test_every_module_that_it_names_exists(path: str) -> None:
    assert (ROOT / path).is_file()


def test_the_example_is_read_as_the_code_reads_it() -> None:
    [row] = one_line_objects("provider", "model_name", "ts", "stage", "error_kind", "message")
    [failure] = one_line_objects("provider", "model_id", "message")
    answer, *_ = one_line_objects("kind", "evidence", "pattern")
    assert failure == {
        "provider": row["provider"],
        "model_id": row["model_name"],
        "message": row["message"],
    }
    [printed] = classify([json.dumps(failure)])
    assert json.loads(str(printed)) == answer


def test_the_examples_situation_has_its_fingerprint() -> None:
    answer, *_ = one_line_objects("kind", "evidence", "pattern")
    kind = next(kind for kind in Kind if kind == answer["kind"])
    fingerprint = fingerprint_of("groq", kind, answer["pattern"], Scope.PATTERN)
    assert f"fingerprint `{fingerprint}`" in PAGE
    [decision] = one_line_objects("model_id", "action", "situation", "route", "gate")
    assert decision["situation"] == fingerprint


def test_each_worked_example_of_reading_is_read_so() -> None:
    section = PAGE.partition("## 8. How a text is read")[2]
    said = re.findall(r"```json\n(.*)\n```", section)
    assert len(said) == 6
    for failure, reading in zip(said[::2], said[1::2], strict=True):
        assert [json.loads(line) for line in classify([failure])] == [json.loads(reading)]
