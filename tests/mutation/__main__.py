"""`make mutation`: mutants of what must never be wrong, each in a fork that runs the tests about it.

Who survives and isn't known makes it fail. Why the known ones may live stands in survivors.toml.
"""

import argparse
import random
import sys
import textwrap
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from faults.page import with_section
from mutation.mutants import Mutant, mutants_of
from mutation.trying import tried
from sandbox.database import embedded_server

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
KNOWN = Path(__file__).with_name("survivors.toml")
UNIT, CORE = "tests/unit/operator_core", "tests/integration/operator_core"
DOING: Sequence[str] = (
    f"{CORE}/execution",
    f"{CORE}/test_words_that_stand.py",
    f"{CORE}/test_whole_core.py",
    "tests/model",
)
DECIDING: Sequence[str] = (
    *(f"{UNIT}/policy", f"{UNIT}/domain", f"{UNIT}/diagnosis", f"{CORE}/test_last_provider.py"),
    *(f"{CORE}/test_mode.py", f"{CORE}/test_runs_in_order.py", f"{CORE}/test_evidence_out_of_sight.py"),
    *(f"{CORE}/store/records/test_proposals.py", f"{CORE}/execution/test_counted_at_the_act.py"),
)
TESTS: dict[str, Sequence[str]] = {
    "operator_core/policy": (*DECIDING, f"{CORE}/test_lessons_acting.py", f"{CORE}/test_lessons_deciding.py"),
    "operator_core/execution": (f"{UNIT}/domain", f"{UNIT}/execution", *DOING),
    "operator_core/domain/proposals.py": (f"{UNIT}/domain", *DECIDING, *DOING, "tests/unit/bot/slack"),
    "operator_core/domain/changes.py": (f"{UNIT}/domain", *DOING),
    "operator_core/text/masking.py": (f"{UNIT}/text", f"{UNIT}/judgement", "tests/unit/bot/test_logs.py"),
}
"""What is changed, and which tests are about it: the quick ones first."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutation", description=__doc__)
    parser.add_argument("--only", default="", help="those of files whose path holds this")
    parser.add_argument("--named", type=Path, help="a file with names of mutants: only these")
    parser.add_argument("--sample", type=int, default=0, help="so many of them; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--verbose", action="store_true", help="each mutant, and its seconds")
    parser.add_argument("--page", action="store_true", help="write the figures into docs/reliability.md")
    asked = parser.parse_args()
    everything = [(tests, mutant) for place, tests in TESTS.items() for mutant in _of(place)]
    chosen = [pair for pair in everything if asked.only in pair[1].file]
    if asked.named:
        named = set(asked.named.read_text(encoding="utf-8").splitlines())
        chosen = [pair for pair in chosen if pair[1].name in named]
    if asked.sample:
        chosen = random.Random(asked.seed).sample(chosen, min(asked.sample, len(chosen)))
    print(f"{len(chosen)} of {len(everything)} mutants; --seed {asked.seed}", flush=True)
    began, survivors = time.monotonic(), list[Mutant]()
    with embedded_server() as uri:
        for tests in {tests: None for tests, _ in chosen}:
            group = [mutant for about, mutant in chosen if about == tests]
            for one in tried(ROOT, group, tests, uri):
                survivors += [] if one.noticed else [one.mutant]
                if asked.verbose or not one.noticed:
                    print(f"{time.monotonic() - began:5.0f} s: {one}", flush=True)
    seconds = time.monotonic() - began
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} were noticed, in {seconds:.0f} s")
    known = tomllib.loads(KNOWN.read_text(encoding="utf-8"))
    if asked.page:
        files = Counter(mutant.file for _, mutant in chosen)
        how = f"--only '{asked.only}' --sample {asked.sample} --seed {asked.seed}"
        text = told(files, survivors, known, how, len(everything))
        PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), "mutation", text), encoding="utf-8")
    return int(any(mutant.name not in known for mutant in survivors))


def _of(place: str) -> list[Mutant]:
    path = ROOT / place
    files = [path] if path.is_file() else sorted(path.glob("*.py"))
    names = [str(file.relative_to(ROOT)) for file in files]
    return [one for name in names for one in mutants_of(name, (ROOT / name).read_text(encoding="utf-8"))]


def told(files: Counter[str], survivors: Sequence[Mutant], known: dict[str, str], how: str, of: int) -> str:
    """The section of the page."""
    lived = Counter(mutant.file for mutant in survivors)
    total = sum(files.values())
    share = 100 * (total - len(survivors)) / max(1, total)
    lines = [
        f'`make mutation ARGS="{how}"` tried {total} of {of} mutants; the tests noticed {share:.1f}%.',
        "",
        "| file | tried | noticed |",
        "|---|---|---|",
        *(f"| `{file}` | {count} | {count - lived[file]} |" for file, count in sorted(files.items())),
    ]
    if survivors:
        lines += ["", "Those that live, and why that is no harm, as far as somebody has looked:", ""]
        said = (f"- {mutant.name}: {known.get(mutant.name, '**not yet said**')}" for mutant in survivors)
        lines += [textwrap.fill(one, 118, subsequent_indent="  ", break_long_words=False) for one in said]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
