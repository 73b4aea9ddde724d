"""Reading error texts: kinds against the labels of real ones, and patterns of those that share a template."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

from operator_core.domain.kinds import Kind
from operator_core.text.failures import read_failure
from sandbox.platform.errors import TEMPLATES, message

FILE = "provider_errors.jsonl"
RENDERED = 50


@dataclass(frozen=True)
class Miss:
    """A real message that was read as another kind than its label says."""

    line: int
    provider: str
    said: Kind
    labelled: str
    rule: str
    pattern: str


@dataclass(frozen=True)
class Texts:
    """How a file of real messages was read."""

    count: int
    misses: tuple[Miss, ...]
    patterns: int
    shared: int
    """Patterns that several messages have."""
    mixed: tuple[str, ...]
    """Patterns of one provider that messages of different labels share: causes that were merged."""


def read_texts(folder: Path) -> Texts:
    """Reads every message of the file in this folder."""
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    misses: list[Miss] = []
    for number, row in enumerate(rows, start=1):
        read = read_failure(row["message"], provider=row["provider"], http_status=row["http_status"])
        labels[row["provider"], read.pattern].append(row["kind"])
        if read.kind != row["kind"]:
            misses.append(Miss(number, row["provider"], read.kind, row["kind"], read.rule, read.pattern))
    return Texts(
        count=len(rows),
        misses=tuple(misses),
        patterns=len(labels),
        shared=sum(len(kinds) > 1 for kinds in labels.values()),
        mixed=tuple(f"{who}: {what}" for (who, what), kinds in labels.items() if len(set(kinds)) > 1),
    )


def patterns_by_template() -> dict[str, int]:
    """How many patterns the sandbox's templates become, each written for many models, times and requests."""
    return {template: len(_patterns(template)) for template in sorted(TEMPLATES)}


def merged_templates() -> tuple[str, ...]:
    """Patterns that two templates share."""
    owners: dict[tuple[Kind, str], list[str]] = defaultdict(list)
    for template in sorted(TEMPLATES):
        for pattern in _patterns(template):
            owners[pattern].append(template)
    return tuple(" = ".join(names) for names in owners.values() if len(names) > 1)


def _patterns(template: str) -> set[tuple[Kind, str]]:
    rng = Random(template)
    patterns: set[tuple[Kind, str]] = set()
    for number in range(RENDERED):
        model_id = f"maker/model-{number}-{rng.randint(1, 405)}b"
        text = message(template, rng, model_id, "maker/next-9b")
        read = read_failure(text, provider="groq", model_id=model_id)
        patterns.add((read.kind, read.pattern))
    return patterns
