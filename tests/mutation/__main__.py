"""`make mutation`: mutants of what must never be wrong, each in a fork that runs the tests about it.

Who survives and isn't known makes it fail. Why the known ones may live stands in survivors.toml.
"""

import argparse
import importlib.util
import os
import random
import sys
import textwrap
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import ModuleType

from faults.page import with_section
from mutation.mutants import Mutant, mutants_of
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
    "operator_core/execution": (f"{UNIT}/domain", *DOING, "tests/integration/discovery/test_pipeline.py"),
    "operator_core/domain/proposals.py": (f"{UNIT}/domain", *DECIDING, *DOING, "tests/unit/bot/slack"),
    "operator_core/domain/changes.py": (f"{UNIT}/domain", *DOING),
    "operator_core/text/masking.py": (f"{UNIT}/text", f"{UNIT}/judgement", "tests/unit/bot/test_logs.py"),
}
"""What is changed, and which tests are about it: the quick ones first."""
HEAVY = ("pytest", "pydantic", "pymongo", "openai", "aiohttp", "httpx", "slack_bolt.async_app")
MOST_SECONDS = 600


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutation", description=__doc__)
    parser.add_argument("--only", default="", help="those of files whose path holds this")
    parser.add_argument("--sample", type=int, default=0, help="so many of them; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--page", action="store_true", help="write the figures into docs/reliability.md")
    asked = parser.parse_args()
    everything = [(tests, mutant) for place, tests in TESTS.items() for mutant in _of(place)]
    chosen = [pair for pair in everything if asked.only in pair[1].file]
    if asked.sample:
        chosen = random.Random(asked.seed).sample(chosen, min(asked.sample, len(chosen)))
    print(f"{len(chosen)} of {len(everything)} mutants; --seed {asked.seed}", flush=True)
    began, survivors = time.monotonic(), list[Mutant]()
    for name in HEAVY:
        importlib.import_module(name)
    with embedded_server() as uri:
        _control(chosen, uri)
        for number, (tests, mutant) in enumerate(chosen, start=1):
            if not killed(mutant, tests, uri):
                survivors.append(mutant)
                print(f"{number}: lives: {mutant.name} (line {mutant.line})", flush=True)
    seconds = time.monotonic() - began
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} were noticed, in {seconds:.0f} s")
    known = tomllib.loads(KNOWN.read_text(encoding="utf-8"))
    if asked.page:
        files = Counter(mutant.file for _, mutant in chosen)
        text = told(
            files,
            survivors,
            known,
            f"--only '{asked.only}' --sample {asked.sample} --seed {asked.seed}",
            len(everything),
        )
        PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), "mutation", text), encoding="utf-8")
    return int(any(mutant.name not in known for mutant in survivors))


def _control(chosen: Sequence[tuple[Sequence[str], Mutant]], uri: str) -> None:
    """The tests pass where nothing is changed: else each mutant would seem to be noticed."""
    for tests, mutant in {tests: (tests, mutant) for tests, mutant in chosen}.values():
        source = (ROOT / mutant.file).read_text(encoding="utf-8")
        with NamedTemporaryFile("r") as log:
            if killed(replace(mutant, source=source), tests, uri, log.name):
                raise SystemExit(f"the tests fail without any mutant: {log.read()[-2000:]}")


def _of(place: str) -> list[Mutant]:
    path = ROOT / place
    files = [path] if path.is_file() else sorted(path.glob("*.py"))
    names = [str(file.relative_to(ROOT)) for file in files]
    return [one for name in names for one in mutants_of(name, (ROOT / name).read_text(encoding="utf-8"))]


def killed(mutant: Mutant, tests: Sequence[str], uri: str, log: str = os.devnull) -> bool:
    """Whether any of the tests fails. What doesn't end is noticed, too."""
    child = os.fork()
    if child == 0:
        os._exit(_tested(mutant, tests, uri, log))
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return True


def _tested(mutant: Mutant, tests: Sequence[str], uri: str, log: str) -> int:
    import pytest

    silence = os.open(log, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(ROOT)
    for name in [name for name in sys.modules if name.split(".")[0] in ("operator_core", "sandbox", "bot")]:
        del sys.modules[name]
    sys.meta_path.insert(0, Instead(mutant))
    try:
        options = [
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "--assert=plain",
            "--timeout",
            "60",
            "--mongodb-uri",
        ]
        return int(pytest.main([*tests, *options, uri]))
    except BaseException:  # noqa: BLE001 – whatever it is, the mutant was noticed
        return 1


class Instead(SourceFileLoader):
    """Finds one module in its changed form."""

    def __init__(self, mutant: Mutant) -> None:
        self.module = mutant.file.removesuffix(".py").replace("/", ".")
        super().__init__(self.module, str(ROOT / mutant.file))
        self.changed = mutant.source

    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.module else None

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        return compile(self.changed, self.path, "exec")


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
