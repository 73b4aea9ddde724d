"""Reading error texts: kinds and evidence against the labels of real ones, and patterns of one template."""

import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from operator_core.domain.kinds import Evidence, Kind
from operator_core.text.failures import read_failure
from sandbox.platform.errors import TEMPLATES, message

FILES = ("provider_errors.jsonl", "provider_errors_2.jsonl")
RENDERED = 50
NOBODY = "a provider of whom no table knows"


@dataclass(frozen=True)
class Read:
    """A real message, its label, and what was read of it."""

    file: str
    line: int
    provider: str
    labelled: str
    kind: Kind
    evidence: Evidence
    rule: str
    pattern: str
    by_provider: bool
    """Only a line of its provider's own decides: from another provider it would be read otherwise."""

    @property
    def right(self) -> bool:
        return self.kind == self.labelled

    @property
    def falsely_gone(self) -> bool:
        """It could act: read as gone, with evidence that opens gates, and labelled otherwise."""
        return self.kind == Kind.HARD_MODEL and self.evidence.opens_gates and not self.right


@dataclass(frozen=True)
class Texts:
    """How the files of real messages were read."""

    read: tuple[Read, ...]
    microseconds: float
    """To read one text for the first time, the median."""

    @property
    def misses(self) -> tuple[Read, ...]:
        return tuple(one for one in self.read if not one.right)

    @property
    def patterns(self) -> dict[tuple[str, str], list[str]]:
        """The labels of the messages that share a pattern, by provider and pattern."""
        labels: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in self.read:
            labels[one.provider, one.pattern].append(one.labelled)
        return labels

    @property
    def mixed(self) -> tuple[str, ...]:
        """Patterns of one provider that messages of different labels share: causes that were merged."""
        return tuple(f"{who}: {what}" for (who, what), kinds in self.patterns.items() if len(set(kinds)) > 1)


def read_texts(folder: Path) -> Texts:
    """Reads every message of the files that are in this folder."""
    read: list[Read] = []
    took: list[float] = []
    for file in (name for name in FILES if (folder / name).exists()):
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        for number, row in enumerate((json.loads(line) for line in lines if line.strip()), start=1):
            row_says = {"message": row["message"], "http_status": row.get("http_status")}
            began = time.perf_counter()
            reading = read_failure(provider=row["provider"], **row_says)
            took.append(time.perf_counter() - began)
            elsewhere = read_failure(provider=NOBODY, **row_says)
            read.append(
                Read(
                    file=file,
                    line=number,
                    provider=row["provider"],
                    labelled=row["kind"],
                    by_provider=elsewhere.kind != reading.kind,
                    **reading.model_dump(include={"kind", "evidence", "rule", "pattern"}),
                )
            )
    return Texts(read=tuple(read), microseconds=median(took) * 1e6)


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
