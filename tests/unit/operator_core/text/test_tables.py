"""The tables beside the code: every pattern that it asks for is there, and none is left over."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module

import pytest

from operator_core.text.tables import compiled
from support.source import PACKAGES, ROOT, modules


def test_a_place_stands_for_the_whole_of_its_part() -> None:
    table = {
        "parts": {"of two": "b|c"},
        "patterns": {"first": "(?i) a <<of two>>", "next": "<<of two>>\\ d|e"},
    }
    patterns = compiled(table)
    assert patterns.keys() == {"first", "next"}
    assert [bool(patterns["first"].fullmatch(text)) for text in ("AB", "ac", "a b", "c")] == [
        True,
        True,
        False,
        False,
    ]
    assert [bool(patterns["next"].fullmatch(text)) for text in ("b d", "c d", "e", "b")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_pattern_may_stand_in_those_below_it_and_a_part_may_be_made() -> None:
    patterns = compiled(
        {"patterns": {"key": "k-<<made>>", "keys": "<<key>>(?:,<<key>>)+"}}, {"made": r"\d|x"}
    )
    assert patterns["keys"].fullmatch("k-1,k-x")
    assert not patterns["keys"].fullmatch("k-1")


@pytest.mark.parametrize("pattern", ["<<nobody>>", "<<below>>"])
def test_a_place_that_nothing_stands_for_is_no_pattern(pattern: str) -> None:
    with pytest.raises(KeyError):
        compiled({"patterns": {"one": pattern, "below": "x"}})


def test_every_pattern_that_the_code_asks_for_stands_in_the_table_that_it_asks() -> None:
    asked = list(asked_for())
    assert len(asked) > 50
    assert [f"{where}: {name}" for where, name, patterns in asked if name not in patterns] == []


def test_no_pattern_and_no_part_is_left_over() -> None:
    asked = {(name, patterns) for _, name, patterns in asked_for()}
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.toml")]
    texts = [text for path in paths if "\n[patterns]" in (text := path.read_text(encoding="utf-8"))]
    assert len(texts) > 5
    for text in texts:
        table = tomllib.loads(text)
        in_places, patterns = set(re.findall("<<([a-z ]+)>>", text)), frozenset(table["patterns"])
        by_name = {name for name in patterns if (name, patterns) in asked}
        assert table.get("parts", {}).keys() - in_places == set()
        assert patterns - in_places - by_name - table.get("masked", {}).keys() == set()


def asked_for() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Where a pattern is asked for by name, the name, and the names among which it is sought."""
    for module in modules():
        for node in ast.walk(module.tree):
            match node:
                case ast.Subscript(value=ast.Name("PATTERNS"), slice=ast.Constant(str(name))):
                    yield module.at(node), name, frozenset(import_module(module.name).PATTERNS)
