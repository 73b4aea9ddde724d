"""What pages say about the code in prose, as far as it can be looked up: quotes, places, counts, clocks."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import typer

from bad_inputs.test_from_outside import LEAST
from bot.cli import app
from bot.commands.doctor import HISTORY, SCOPES
from bot.monitoring.health import REMEMBERED_SECONDS
from discovery.sources.witnesses import SOURCES
from documents.reading import ALL, prose_of, text_of
from faults.taken_back import TAKEN_BACK
from operator_core.domain.proposals import DRAFT_KEPT
from operator_core.execution.executor import LATE
from operator_core.judgement.prompt import REASON, SAMPLE
from operator_core.policy.drafts import MOST_MEMBERS
from operator_core.store.records.memory import ANSWERS_KEPT
from operator_core.store.records.state import KEPT
from operator_core.words import duration
from support.source import ROOT

PAGES = [page for page in ALL if page.name != "CHANGELOG.md"]
"""Not what tells of earlier versions."""
OURS = ("bot", "operator_core", "discovery", "sandbox")
NOT_OURS = {
    "Bot User OAuth Token": "Slack's page",
    "…failed because the app did not respond": "Slack itself",
    "The model 'gemma2-9b-it' does not exist or…": "a provider",
    "groq is asked about it": "a person",
    "groq gemma2-9b-it": "an example",
}
"""Quotes whose words are another's."""


def words(text: str) -> list[str]:
    """Without what varies: numbers, ids."""
    return [one for one in re.findall(r"[\w'’]+|\0", text.casefold()) if not re.search(r"\d", one)]


@cache
def said() -> str:
    """All that the code can say, a line each; where something is filled in, a zero."""
    texts = list[str]()
    for file in (path for package in OURS for path in (ROOT / package).rglob("*")):
        if file.suffix in {".toml", ".txt"}:
            texts += file.read_text(encoding="utf-8").splitlines()
        elif file.suffix == ".py":
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
                    texts.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(node.value)
    return "\n".join(f" {' '.join(words(text))} " for text in texts)


def longest_run(of: list[str]) -> int:
    """How many of these words in a row the code says somewhere."""
    for length in range(len(of), 0, -1):
        if any(f" {' '.join(of[at : at + length])} " in said() for at in range(len(of) - length + 1)):
            return length
    return 0


def quoted(page: Path) -> list[str]:
    """What stands in quotes or italics, of three words and more that do not vary."""
    prose = " ".join(re.sub(r"`[^`]*`", "x1", prose_of(page)).split())
    if page.name in {"configuration.md", "commands.md"}:  # made from the code
        return []
    italics = r"(?<!\*)\*([A-Z…][^*|]{8,90}[.…])\*(?!\*)"
    marked = re.findall(rf'"([^"|]{{8,200}})"|“([^”|]{{8,200}})”|{italics}', prose)
    return [one for parts in marked for one in parts if len(words(one)) > 2]


def strange(quote: str) -> bool:
    """Less than two fifths, in a row, are in the code: figures and names stand between its own words."""
    return quote not in NOT_OURS and longest_run(words(quote)) < len(words(quote)) * 2 / 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_quotes_is_said_by_the_code(page: Path) -> None:
    assert [quote for quote in quoted(page) if strange(quote)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "Shadow, day 3: all that I might have done by now was fine.",
        "It leaves the platform, for nobody keeps it",
        "Restored as it was before. Nothing is held.",
    ],
)
def test_words_that_the_code_does_not_say_would_be_noticed(wrong: str) -> None:
    assert strange(wrong)


def test_each_gate_has_the_sentence_that_the_card_shows() -> None:
    rows = re.findall(r"^\| \d+ \|.*\| ([^|]+) \|$", text_of(ROOT / "docs" / "decisions.md"), re.MULTILINE)
    assert len(rows) == 21
    for row in rows:
        assert longest_run(words(row)) >= min(3, len(words(row))), row


PLACED = re.compile(r"`([A-Za-z_]\w+)`[^`|.;:),]{0,40}? (?:of|in) `([\w/]+\.(?:py|txt|toml))`")
A_PATH = re.compile(r"(?:bot|operator_core|discovery|sandbox|tests|deploy|docs)/[\w./-]*\w")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_said_to_stand_in_a_file_stands_there(page: Path) -> None:
    text = " ".join(text_of(page).split())
    for name, file in PLACED.findall(text):
        assert re.search(rf"\b{name}\b", (ROOT / file).read_text(encoding="utf-8")), (name, file)
    named = [code for code in re.findall(r"`([^`]+)`", text) if A_PATH.fullmatch(code)]
    assert [code for code in named if not (ROOT / code).exists()] == []


def reads_a_clock(path: Path) -> bool:
    clocks = {"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.utcnow"}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(ast.unparse(node) in clocks for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def test_the_clock_is_read_where_the_rules_say() -> None:
    rule = text_of(ROOT / "ARCHITECTURE.md").partition("\n5. ")[2].partition("\n6. ")[0]
    product = [path for package in OURS[:3] for path in (ROOT / package).rglob("*.py")]
    # `serve` only hands the stopwatch on, by the same name.
    reading = {str(path.relative_to(ROOT)) for path in product if reads_a_clock(path)} - {"bot/serve.py"}
    assert reading == set(re.findall(r"`((?:bot|operator_core)/[\w/]+\.py)`", rule)) - {
        "operator_core/domain/journal.py"
    }


def test_each_command_of_the_terminal_has_its_file_or_is_excepted() -> None:
    text = " ".join(text_of(ROOT / "ARCHITECTURE.md").split())
    excepted = re.findall(r"named as the command \(([^)]*)\)", text)[0]
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    files = {path.stem for path in (ROOT / "bot" / "commands").glob("*.py")}
    assert set(commands) - files == set(re.findall(r"`(\w+)`", excepted)) - files
    for command, file in re.findall(r"`(\w+)` (?:stands )?with `(\w+)`", excepted):
        assert re.search(rf"(?i)\b{command}\b", (ROOT / "bot" / "commands" / f"{file}.py").read_text())


IN_WORDS = dict(
    enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
)
COUNTS = {
    "SECURITY.md": [
        f"{IN_WORDS[len(SCOPES) + len(HISTORY[:1])]} scopes",
        f"up to {SAMPLE} characters of the error's text",
        f"up to {REASON} characters of their reason",
        f"in more than {LEAST} ways",
        f"The {IN_WORDS[len(SOURCES) + 1]} lists of `[discovery]`",
    ],
    "CONTRIBUTING.md": [f"takes {IN_WORDS[len(TAKEN_BACK)]} other mendings back"],
    "docs/decisions.md": [
        f"A proposal holds at most {MOST_MEMBERS} models",
        f"last {IN_WORDS[ANSWERS_KEPT]} answers are kept",
        "Cancelling forgets it; so does an hour",
    ],
    "docs/upgrade.md": [f"deleted after {KEPT.days} days", f"{IN_WORDS[len(SOURCES) + 1]} a day"],
    "docs/operations.md": [f"Slack is asked once in {REMEMBERED_SECONDS:g} seconds"],
    "docs/growth.md": ["drafts, after an hour, and claims and messages, after 90 days"],
    "docs/reliability.md": ["A write that is a day late", f"more than {LEAST} by kind"],
}
"""What pages count, as the code counts it."""


@pytest.mark.parametrize("page", COUNTS)
def test_counts_are_those_of_the_code(page: str) -> None:
    text = " ".join(text_of(ROOT / page).split())
    assert [count for count in COUNTS[page] if count not in text] == []
    assert (duration(DRAFT_KEPT), duration(LATE), KEPT.days) == ("1 hour", "24 hours", 90)
