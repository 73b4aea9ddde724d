"""`make mutants`: does the model notice? Mendings are taken back one by one, each in a copy of the code.

A mutant is known by the commit that mended it. Where the code has moved on, its text here has to follow.
"""

import argparse
import importlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
COPIED = ("bot", "discovery", "operator_core", "sandbox", "tests", "operator.toml", "pyproject.toml")
WORDS_BEFORE = """        where = {**draft.model_dump(include=set(WORD)), "active": True}
"""
LOOKED = """        ours = await self.leave_alone(await self._ours(entry), looked)
        return await self.finish(ours, looked)
"""
NOT_LOOKED = """        from operator_core.execution.plan import Objections
        everybody = frozenset(change.member for change in entry.changes)
        passed = Objections(gates_at=self.now(), gates_of=everybody)
        return await self.finish(await self._ours(entry), passed)
"""
ONE_WORD_A_MODEL = """        about = {**draft.model_dump(include={"provider", "model_id", "fingerprint"}), "active": True}
        standing = await self._updated(about, {"$set": draft.model_dump()})
        if standing is not None:
            return standing
"""


@dataclass(frozen=True)
class Mutant:
    """One mending taken back: `now` in the file becomes `then`."""

    name: str
    commit: str
    file: str
    now: str
    then: str


RECOVERY, WRITER = "operator_core/execution/executor.py", "operator_core/execution/models_writer.py"
CHANGES, HOLDS = "operator_core/domain/changes.py", "operator_core/domain/holds.py"
MUTANTS = (
    Mutant(
        "recovery goes on without looking again",
        "e32faaa",
        RECOVERY,
        LOOKED,
        NOT_LOOKED,
    ),
    Mutant(
        "policy acts on the gates as its run saw them",
        "4522bc5",
        "operator_core/engine.py",
        "    return {ref: _why_not(by_ref.get(ref)) for ref in proposal.approved}\n",
        '    return dict.fromkeys(proposal.approved, "")\n',
    ),
    Mutant(
        "any duplicate key is 'already in the catalogue'",
        "611880f",
        WRITER,
        "            if collided and (twin := await self._twin(change.ref)):\n                return twin\n",
        "            if collided:\n                return Result.ALREADY, change.ref.model_id\n",
    ),
    Mutant(
        "a write answered with an error has failed",
        "611880f",
        WRITER,
        '            if landed(change, await self._now(change)):\n                return Result.DONE, ""\n            collided',
        "            if not refused(error):\n                return Result.FAILED, cause_of(error)\n            collided",
    ),
    Mutant(
        "a later word replaces an earlier one",
        "2a8b2f4",
        "operator_core/store/records/holds.py",
        WORDS_BEFORE,
        ONE_WORD_A_MODEL + WORDS_BEFORE,
    ),
    Mutant(
        "a card's Release ends all holds on its models",
        "2a8b2f4",
        HOLDS,
        "    if hold.proposal_id is not None:\n        return hold.proposal_id == proposal.id\n"
        "    said = any(move.by == hold.by for move in proposal.moves)\n",
        "    said = True\n",
    ),
    Mutant(
        "what we enable counts as enabled outside",
        "2a8b2f4",
        "operator_core/execution/aftermath.py",
        "            if says is True and (change.result in LANDED or not entry.closed):\n"
        "                off.pop(change.ref, None)\n            elif",
        "            if",
    ),
    Mutant(
        "a successor goes when the first of its dependants is back",
        "132a8e1",
        CHANGES,
        "places[0] if len(places) == 1 else places or None",
        "places[0] if places else None",
    ),
    Mutant(
        "nobody looks for writes that land late",
        "92501c8",
        RECOVERY,
        "(*done, *await self._late_writes())",
        "(*done,)",
    ),
    Mutant(
        "what aged out of the window is gone",
        "424d84f",
        "operator_core/domain/runs.py",
        "        return last is not None and (member.last_run is None or last > member.last_run)\n",
        "        return True\n",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m model.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="those whose name holds this")
    parser.add_argument("--by", choices=("model", "faults"), default="model", help="who is to notice")
    parser.add_argument("--examples", default="300", help="or scenarios")
    parser.add_argument("--steps", default="50")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--no-shrink", action="store_true")
    asked = parser.parse_args()
    amount = ["--examples", asked.examples, "--steps", asked.steps]
    if asked.by == "faults":
        amount = ["--scenarios", asked.examples, "--until-wrong"]
    options = [asked.by, *amount, "--seed", asked.seed, *(["--no-shrink"] if asked.no_shrink else [])]
    chosen = MUTANTS if asked.by == "model" else importlib.import_module("faults.taken_back").TAKEN_BACK
    unnoticed = [one.name for one in chosen if asked.only in one.name and not noticed(one, options)]
    print(f"not noticed: {', '.join(unnoticed) or 'none'}")
    return bool(unnoticed)


def noticed(mutant: Mutant, options: list[str]) -> bool:
    """Whether the model, or the worst days, find what is wrong in a copy of the code with this mending taken back."""
    print(f"\n## {mutant.name} ({mutant.commit})", flush=True)
    with TemporaryDirectory(prefix="ai-operator-mutant-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            shutil.copytree(source, copy / name) if source.is_dir() else shutil.copy(source, copy / name)
        file = copy / mutant.file
        text = file.read_text(encoding="utf-8")
        if text.count(mutant.now) != 1:
            raise SystemExit(f"{mutant.file} has changed: what {mutant.commit} mended is not found in it")
        file.write_text(text.replace(mutant.now, mutant.then), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'tests'}"}
        command = [sys.executable, "-m", *options]
        return subprocess.run(command, cwd=copy, env=environment, check=False).returncode != 0  # noqa: S603 - ours


if __name__ == "__main__":
    sys.exit(main())
