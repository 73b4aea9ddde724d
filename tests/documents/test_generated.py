"""The pages that are made from the code are as the code is now, and nothing is missing in them."""

import pytest
import typer

from bot.cli import app
from bot.settings import PURPOSES, Settings
from bot.slack.views.replies import USAGE
from documents.generated import commands, configuration, explained, leaves, pages
from support.source import ROOT

KEYS = [
    (section, key)
    for section, part in Settings.model_fields.items()
    for key in part.annotation.model_fields  # type: ignore[union-attr]
]


@pytest.mark.parametrize("path", pages())
def test_it_is_current(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == pages()[path], "`make docs` writes it anew"


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_setting_says_what_it_does(section: str, key: str) -> None:
    told = explained((ROOT / "operator.toml").read_text(encoding="utf-8"))
    assert told[section, key], f"[{section}] {key} has no comment in operator.toml"
    below = configuration().partition(f"## [{section}]")[2].partition("\n## ")[0]
    assert f"| `{key}` |" in below


def test_no_setting_is_explained_that_isnt_there() -> None:
    assert set(explained((ROOT / "operator.toml").read_text(encoding="utf-8"))) == set(KEYS)


@pytest.mark.parametrize("name", PURPOSES)
def test_every_secret_is_named(name: str) -> None:
    assert f"| `{name}` |" in configuration()


def test_every_command_of_the_terminal_is_there_with_its_options() -> None:
    text = commands()
    for name, command in leaves(typer.main.get_command(app)):
        section = text.partition(f"### {name}\n")[2].partition("\n#")[0]
        options = [one.opts[0] for one in command.params if one.param_type_name == "option"]
        assert [one for one in options if f"`{one}" not in section] in ([], ["--config"]), name


@pytest.mark.parametrize("name", USAGE)
def test_every_command_of_slack_is_there(name: str) -> None:
    assert f"| `/operator {name}" in commands()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[a]\nb = "x" # said\n', "said"),
        ('[a]\n# first,\n# then\nb = ["#1", "2"]\n', "first, then"),
        ("[a]\n# above\nb = 1 # and behind\n", "above and behind"),
        ('[a]\n# of nothing\n\nb = "#1"\n', ""),
    ],
)
def test_comments_are_read_beside_whatever_value(text: str, told: str) -> None:
    assert explained(text) == {("a", "b"): told}
