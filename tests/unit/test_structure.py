"""The house keeps its own rules: small files and folders, no import circle, layers that are folders."""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import pytest

from support.source import ROOT, Module, imports, modules

MODULES_IN_A_FOLDER = 16
MODULES_IN = {"bot/slack/views": 20}
"""A view more is a file more."""
LINES_OF_A_FILE = 350
LINES_OF_A_FUNCTION = 40
TEST_FILES_IN_A_FOLDER = 20
LAYERS_OF_ONE_MODULE = {
    *(f"operator_core.{name}" for name in ("use_cases", "engine", "as_typed", "errors", "options", "words")),
    *("bot.cli", "bot.serve"),
    *(f"discovery.{path.stem}" for path in (ROOT / "discovery").glob("*.py")),
}
"""The few modules that contracts may name; everything else is named by its folder."""
IO_LIBRARIES = ("openai", "pymongo", "httpx", "aiohttp", "slack_sdk", "slack_bolt")


def test_no_folder_holds_more_modules_than_a_reader_takes_in_at_once() -> None:
    sizes = Counter(str(module.path.parent) for module in modules() if module.path.stem != "__init__")
    assert over(sizes, MODULES_IN_A_FOLDER, MODULES_IN) == ""


def test_no_folder_of_tests_grows_beyond_a_look() -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("*.py")]
    sizes = Counter(str(path.parent) for path in files if path.stem != "__init__")
    assert over(sizes, TEST_FILES_IN_A_FOLDER) == ""


def test_no_file_is_long() -> None:
    assert over({str(module.path): module.lines for module in modules()}, LINES_OF_A_FILE) == ""


def test_no_function_is_long() -> None:
    lengths = {
        f"{module.at(function)} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for module in modules()
        for function in module.functions
    }
    assert over(lengths, LINES_OF_A_FUNCTION) == ""


def over(sizes: Mapping[str, int], most: int, exceptions: Mapping[str, int] | None = None) -> str:
    limits = exceptions or {}
    return listed(f"{what}: {size}" for what, size in sizes.items() if size > limits.get(what, most))


def listed(problems: Iterable[str]) -> str:
    """One a line, so that a failing test shows all of them."""
    return "\n".join(sorted(problems))


def test_no_module_imports_itself_over_others() -> None:
    names = {module.name for module in modules()}
    graph = {module.name: set(imported(module, names)) - {module.name} for module in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(reversed(error.args[1])))


def imported(module: Module, names: set[str]) -> Iterable[str]:
    """Which of these modules it imports: of `from a import b`, b where that is a module, or else a."""
    for statement in imports(module):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names if alias.name in names)
            continue
        assert statement.level == 0, f"{module.at(statement)}: a relative import"
        for alias in statement.names:
            candidates = (f"{statement.module}.{alias.name}", str(statement.module))
            yield from [name for name in candidates if name in names][:1]


def test_contracts_name_folders_so_that_a_new_module_is_bound_on_its_first_day() -> None:
    own = {module.name for module in modules()}
    single = {name for name in own if not (ROOT / name.replace(".", "/")).is_dir()}
    named = {(contract["name"], name) for contract in contracts() for name in names_in(contract)}
    assert {name for _, name in named} & own, "the contracts are read"
    wrong = (f"{contract}: {name}" for contract, name in named if name in single - LAYERS_OF_ONE_MODULE)
    assert listed(wrong) == ""


def contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return found


def names_in(contract: Mapping[str, Any]) -> Iterable[str]:
    """The modules that a contract names, whole."""
    layers = [name for layer in contract.get("layers", ()) for name in layer.replace(":", "|").split("|")]
    for container in contract.get("containers", ("",)):
        yield from (f"{container}.{name.strip(' ()')}".lstrip(".") for name in layers)
    yield from contract.get("source_modules", ())
    yield from contract.get("forbidden_modules", ())
    for pair in contract.get("ignore_imports", ()):
        yield from pair.split(" -> ")


def test_the_domain_loads_no_library_that_does_io() -> None:
    look = f"import sys, operator_core.domain.runs; print([m for m in {IO_LIBRARIES} if m in sys.modules])"
    command = [sys.executable, "-c", look]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert (ended.stdout.strip(), ended.stderr) == ("[]", "")
