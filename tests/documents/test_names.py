"""Every setting, variable, metric, command, event and field that our pages name is one that the code has."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.commands.init import manifest_for
from bot.monitoring.metrics import Metrics
from bot.settings import PURPOSES, Settings
from bot.slack.views.replies import USAGE
from documents.reading import FOR_USERS, inline, text_of
from support.source import ROOT, modules

SECTIONS = {name: set(part.annotation.model_fields) for name, part in Settings.model_fields.items()}  # type: ignore[union-attr]
OPERATIONS = ROOT / "docs" / "operations.md"
every_guide = pytest.mark.parametrize("page", FOR_USERS, ids=lambda page: page.name)


def strangers_in(text: str) -> Iterator[str]:
    """What a page says that the code doesn't have."""
    for section, key in re.findall(r"`\[(\w+)\] (\w+)", text):
        if key not in SECTIONS.get(section, ()):
            yield f"[{section}] {key}"
    yield from set(re.findall(r"\b(?:[A-Z]+_)+(?:URI|TOKEN|SECRET|KEY)\b", text)) - set(PURPOSES)
    yield from set(re.findall(r"\bai_operator_\w+", text)) - metrics()
    for command in re.findall(r"`/operator ([a-z]+)", text):
        if command not in USAGE:
            yield f"/operator {command}"
    for collection in re.findall(r"\boperator_[a-z_]+", text):
        if collection not in source():
            yield collection


@cache
def metrics() -> frozenset[str]:
    """As Prometheus sees them."""
    names = (sample.name for family in measured() for sample in family.samples)
    bare = (f"{family.name}_total" if family.type == "counter" else family.name for family in measured())
    return frozenset(name for name in (*names, *bare) if not name.endswith("_created"))


def measured() -> list[Any]:
    return [one for one in Metrics().registry.collect() if one.name.startswith("ai_operator_")]


@cache
def source() -> str:
    return "\n".join((ROOT / module.path).read_text(encoding="utf-8") for module in modules())


@every_guide
def test_a_page_names_nothing_that_isnt_there(page: Path) -> None:
    assert sorted(strangers_in(text_of(page))) == []


@pytest.mark.parametrize(
    "text",
    [
        "`[slack] chanel`",
        "`[policy] auto_execute` and `[slack] channel`",
        "SLACK_USER_TOKEN",
        "ai_operator_uptime_seconds",
        "`/operator restart now`",
        "drop operator_cache",
    ],
)
def test_a_stranger_would_be_noticed(text: str) -> None:
    assert len(list(strangers_in(text))) == 1


def test_an_address_to_put_ones_own_in_place_of_is_the_one_that_the_manifest_has() -> None:
    """And as often as a page says."""
    manifest = manifest_for("http", "/operator")
    [(told, times)] = re.findall(r"place of `([\w.]+)`, (\w+) times", text_of(ROOT / "docs" / "slack.md"))
    assert manifest.count(told) == {"two": 2, "three": 3, "four": 4}[times] + manifest.count(f"# {told}")
    named = set().union(
        *(re.findall(r"[\w.]*\bexample\.(?:com|org|net)", text_of(page)) for page in FOR_USERS)
    )
    assert named == set(re.findall(r"[\w.]*\bexample\.com", manifest)) == {told}


def test_each_metric_has_a_rule_to_copy_and_no_rule_asks_for_another() -> None:
    asked = [set(re.findall(r"\bai_operator_\w+", rule["expr"])) for rule in rules()]
    assert set.union(*asked) == metrics()
    assert all(asked)


def test_each_rule_is_whole() -> None:
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "annotations"}
        assert re.fullmatch(r"AiOperator[A-Za-z]+", rule["alert"])
        assert rule["expr"].count("(") == rule["expr"].count(")")
        labels = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        by = re.findall(r"by \(([^)]*)\)", rule["expr"])
        assert labels <= {name for names in by for name in re.split(r",\s*", names)}
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_labels_are_those_of_the_metrics() -> None:
    for rule in rules():
        for names, metric in re.findall(r"by \(([^)]*)\) \((?:\w+\()?(ai_operator_\w+)", rule["expr"]):
            [family] = [one for one in measured() if one.name == metric.removesuffix("_total")]
            assert set(re.split(r",\s*", names)) == labels_of(family.name), metric


def labels_of(name: str) -> set[str]:
    own = {f"ai_operator_{label}": value for label, value in vars(Metrics()).items()}
    made = next(one for one in own.values() if getattr(one, "_name", "") == name)
    return set(made._labelnames)


def rules() -> list[dict[str, Any]]:
    [block] = re.findall(r"```yaml\n(groups:.*?)```", text_of(OPERATIONS), re.DOTALL)
    [group] = yaml.safe_load(block)["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_each_event_of_the_log_that_is_shown_is_logged() -> None:
    examples = re.findall(r'"event": "([^"]+)"', text_of(OPERATIONS))
    assert set(examples) <= logged("")


def test_each_warning_of_the_log_is_told_with_what_to_do() -> None:
    table = text_of(OPERATIONS).partition("| event |")[2].partition("\n\n")[0]
    told = {
        event for row in table.splitlines()[2:] for event in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    }
    warned = {re.sub(r"%[sd]", "…", event) for event in logged("warning|error|exception|critical")}
    assert len(warned) > 20
    others = {"… in … …", "a message could not be redrawn: others change it all the time"}
    assert warned - told == others
    assert told - warned == {"P-7 in operator_proposals …", "…: others change it all the time"}


def logged(levels: str) -> set[str]:
    """Events of our own, by the methods that log them; of all if none is named."""
    called = rf'(?:log|logger\("\w+"\))\.(?:{levels or "[a-z]+"})\(\s*"([^"]+)"'
    around = rf'slack_errors_logged\(log\.(?:{levels or "[a-z]+"}), "([^"]+)"'
    return {event for form in (called, around) for event in re.findall(form, source())}


@every_guide
def test_files_that_are_named_exist(page: Path) -> None:
    named = [
        code
        for code in inline(page)
        if re.fullmatch(r"(?:bot|operator_core|discovery|sandbox|tests|deploy|docs)/[\w./-]*\w", code)
    ]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_what_growth_computes_is_computed_right() -> None:
    page = text_of(ROOT / "docs" / "growth.md")
    rows = re.findall(
        r"^\| ([\d,]+) \| (\d+) \| ([\d,]+) \| ([\d,]+) \| ([\d.]+ [MG]B) \|$", page, re.MULTILINE
    )
    assert len(rows) > 3
    for models, runs, a_day, in_window, index in rows:
        rows_a_day = int(models.replace(",", "")) * int(runs)
        assert (a_day, in_window) == (f"{rows_a_day:,}", f"{30 * rows_a_day:,}")
        megabytes = 30 * rows_a_day * 70 / 1e6
        assert index == (f"{megabytes / 1e3:.1f} GB" if megabytes >= 1e3 else f"{megabytes:.0f} MB")
