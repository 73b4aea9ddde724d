"""A new kind of failure is one entry in the table of kinds and one rule for its texts, no more."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from operator_core.domain.kinds import Kind
from operator_core.text.failures import read_failure
from support.small_platform import every_six_hours, failures, fill
from support.source import PACKAGES, ROOT

Document = dict[str, Any]
KINDS, RULES = Path("operator_core/domain/kinds.py"), Path("operator_core/text/phrases.txt")
LAST_KIND = "    UNKNOWN = Traits("
FIRST_RULES = "# About this one generation"
WORDS = "kept out of our region"
REASONING = "Its data must not leave the region; somebody should ask for ours."
KIND = f"""\
    RESIDENCY = Traits("residency", words="{WORDS}", reasoning="{REASONING}", definite=True, attend=True)
"""
RULE = "[data residency] residency\nresidency ~ data residency\n"
TEXT = "Data residency: request {number} of tenant eu-7 is not served here"


async def test_a_new_kind_is_one_entry_and_one_rule(
    database: AsyncDatabase[Document], mongodb_uri: str, tmp_path: Path
) -> None:
    copy_product(tmp_path)
    insert_before(LAST_KIND, KIND, tmp_path / KINDS)
    insert_before(FIRST_RULES, RULE, tmp_path / RULES)
    await fill(database, ["apart"], failures("apart", TEXT, every_six_hours(96)))

    became = await what_it_becomes(tmp_path, mongodb_uri, database.name)

    assert differing(ROOT, tmp_path) == {KINDS, RULES}
    situation, proposal = became["situation"], became["proposal"]
    assert (situation["kind"], situation["scope"]) == ("residency", "pattern")
    assert situation["pattern"].startswith("data residency: request <")
    assert situation["verdict"]["suggested_by"] == "rules"
    assert situation["verdict"]["reasoning"].startswith(REASONING)
    assert (proposal["kind"], proposal["action"]) == ("residency", "attend")
    assert f"*groq*: {WORDS} · `apart`" in str(became["card"])
    assert f"1 {WORDS} for" in str(became["analyzed"])


def test_as_it_is_the_product_does_not_know_the_kind() -> None:
    reading = read_failure(TEXT.format(number=1), provider="groq", model_id="apart")
    assert "residency" not in list(Kind)
    assert reading.kind == Kind.UNKNOWN


def copy_product(to: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, to / package, ignore=shutil.ignore_patterns("__pycache__"))


def insert_before(anchor: str, text: str, path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count(anchor) == 1, f"{path.name} no longer has the line {anchor!r}"
    path.write_text(source.replace(anchor, text + anchor), encoding="utf-8")


def differing(one: Path, other: Path) -> set[Path]:
    """The files of the product that the two don't have alike."""
    ours, theirs = files_of(one), files_of(other)
    return {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}


def files_of(root: Path) -> Mapping[Path, bytes]:
    paths = [path for package in PACKAGES for path in (root / package).rglob("*") if path.is_file()]
    return {path.relative_to(root): path.read_bytes() for path in paths if path.suffix != ".pyc"}


async def what_it_becomes(product: Path, uri: str, name: str) -> Document:
    """What a process of its own makes of the platform's failures, with the product in this folder."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.what_one_row_becomes", uri, name),
        cwd=product,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(product), str(ROOT / "tests")))},
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await process.communicate()
    assert process.returncode == 0
    became: Document = json.loads(answer)
    assert Path(became["product"]).is_relative_to(product)
    return became
