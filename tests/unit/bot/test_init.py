"""`init`: a first operator.toml and manifest; later the keys that a newer version wants, and nothing else."""

import io
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml
from rich.console import Console

from bot.commands.init import init, manifest_for
from bot.settings import load_settings
from operator_core.errors import ConfigurationError

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "operator.toml").read_text(encoding="utf-8")
KEYS = [(section, key) for section, keys in tomllib.loads(TEXT).items() for key in keys]
URL = "https://bot.example.com/slack/events"


def ran(path: Path, mode: str | None = None, *, update: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200, highlight=False)
    init(path, console, mode=mode, update=update)  # type: ignore[arg-type] # the command line checks it
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def without(*keys: str) -> str:
    """The shipped file without these keys and their comments."""
    text = TEXT
    for key in keys:
        text, found = re.subn(rf"(?m)^(?:#.*\n)*{key} = .*\n", "", text)
        assert found == 1, key
    return text


@pytest.mark.parametrize("mode", [None, "socket", "http"])
def test_a_beginning_is_valid_and_says_what_to_do_next(tmp_path: Path, mode: str | None) -> None:
    path = tmp_path / "operator.toml"
    said = ran(path, mode)
    assert load_settings(path).slack.mode == (mode or "socket")
    assert "channel and approvers" in said
    assert "ai-operator doctor" in said
    manifest = yaml.safe_load((tmp_path / "manifest.yaml").read_text(encoding="utf-8"))
    assert manifest["settings"]["socket_mode_enabled"] is (mode != "http")


def test_both_modes_manifests_are_slacks_and_differ_in_what_the_mode_wants(real_data: Path) -> None:
    schema = json.loads((real_data / "slack" / "manifest.schema.2.0.0.json").read_text(encoding="utf-8"))
    socket, http = (yaml.safe_load(manifest_for(mode, "/llm-bench")) for mode in ("socket", "http"))
    for manifest in (socket, http):
        assert [e.message for e in jsonschema.Draft7Validator(schema).iter_errors(manifest)] == []
        assert manifest["features"]["slash_commands"][0]["command"] == "/llm-bench"
    assert http["features"]["slash_commands"][0].pop("url") == URL
    assert http["settings"]["interactivity"].pop("request_url") == URL
    assert http["settings"]["event_subscriptions"].pop("request_url") == URL
    http["settings"]["socket_mode_enabled"] = True
    assert http == socket


def test_the_manifest_of_the_repository_is_the_one_that_init_writes() -> None:
    assert manifest_for("socket", "/operator") == (ROOT / "manifest.yaml").read_text(encoding="utf-8")


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    path.write_text("[slack]\n")
    with pytest.raises(ConfigurationError, match="there already; with --update"):
        ran(path)
    assert path.read_text() == "[slack]\n"
    path.unlink()
    manifest.write_text("features: {} # ours\n")
    assert "manifest.yaml: left as it is" in ran(path)
    assert manifest.read_text() == "features: {} # ours\n"


SAME = [
    manifest_for("socket", "/operator") + "# ours\n",
    json.dumps(yaml.safe_load(manifest_for("socket", "/operator"))),
    yaml.safe_dump(yaml.safe_load(manifest_for("socket", "/operator")), sort_keys=True),
    manifest_for("socket", "/operator").replace(": /operator", ': "/operator" # see operator.toml'),
    manifest_for("socket", "/operator").replace("      - commands # /operator\n", "").replace(
        "    bot:\n", "    bot:\n      - commands\n"
    ),
    re.sub("(?m)^ *#.*\n", "", manifest_for("socket", "/operator")).replace("\n", "\r\n"),
]  # fmt: skip
"""What we write, in another order or spelling, with comments or without."""


@pytest.mark.parametrize("text", SAME)
def test_a_manifest_that_says_the_same_is_ours_however_it_is_written(tmp_path: Path, text: str) -> None:
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    ran(path)
    manifest.write_bytes(text.encode())
    said = ran(path, update=True)
    assert manifest.read_bytes() == text.encode()
    assert said.endswith("manifest.yaml: for socket mode and /operator\n")
    said = ran(path, "http", update=True)
    assert manifest.read_text(encoding="utf-8") == manifest_for("http", "/operator")
    assert (tmp_path / "manifest.yaml~").read_bytes() == text.encode().replace(b"\r\n", b"\n")
    assert "manifest.yaml~: as it was, with your comments" in said


def test_a_manifest_that_nobody_edited_follows_the_mode_and_the_command(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    ran(path)
    ran(path, "http", update=True)
    assert load_settings(path).slack.mode == "http"
    assert URL in (tmp_path / "manifest.yaml").read_text()


OWN = "https://models.example.org/slack/events"
WANTED = "three times; it leads to port 3000."
PASTE = "Paste it under App Manifest in the app's menu"


@pytest.mark.parametrize("wanted", ["http", "socket"])
def test_another_mode_is_told_with_the_secret_the_port_and_what_to_do(tmp_path: Path, wanted: str) -> None:
    path, was = tmp_path / "operator.toml", {"http": "socket", "socket": "http"}[wanted]
    secret = {"http": "SLACK_SIGNING_SECRET", "socket": "SLACK_APP_TOKEN"}[wanted]
    ran(path, was)
    said = ran(path, wanted, update=True)
    assert "nothing is missing" not in said
    assert f"{path}: changed" in said
    assert f'mode = "{wanted}", no longer "{was}": set {secret}' in said
    assert f"for {wanted} mode and /operator, no longer for {was} mode and /operator" in said
    assert PASTE in said
    assert (WANTED in said) == (wanted == "http")
    assert wanted == "socket" or said.index(WANTED) < said.index(PASTE), "first the address"
    assert load_settings(path).slack.mode == wanted
    again = ran(path, wanted, update=True)
    assert f"{path}: nothing is missing" in again
    assert "no longer" not in again
    assert PASTE not in again


def test_a_key_that_is_added_hides_no_other_mode(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    path.write_text(without("urgent"), encoding="utf-8")
    said = ran(path, "http", update=True)
    assert "added" in said
    assert 'mode = "http", no longer "socket"' in said


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_another_command_or_port_in_operator_toml_is_taken_over_and_told(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "operator.toml"
    ran(path, mode)
    text = path.read_text(encoding="utf-8").replace('command = "/operator"', 'command = "/modelops"')
    path.write_text(text.replace("http_port = 3000", "http_port = 3300"), encoding="utf-8")
    said = ran(path, update=True)
    assert f"for {mode} mode and /modelops, no longer for {mode} mode and /operator" in said
    assert PASTE in said
    assert ("it leads to port 3300." in said) == (mode == "http")
    assert (tmp_path / "manifest.yaml").read_text(encoding="utf-8") == manifest_for(mode, "/modelops")


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_address_of_ones_own_is_kept_and_not_asked_for_again(tmp_path: Path, mode: str) -> None:
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    ran(path, "http")
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(URL, OWN), encoding="utf-8")
    said = ran(path, mode, update=True)
    assert "bot.example.com" not in said + manifest.read_text(encoding="utf-8")
    assert ("no longer" in said) == (mode == "socket")
    ran(path, "http", update=True)
    assert manifest.read_text(encoding="utf-8").count(OWN) == 3


CHOSEN = {"# - groups:history": "- groups:history", "# - usergroups:read": "- usergroups:read"}


@pytest.mark.parametrize("mode", ["socket", "http"])
@pytest.mark.parametrize("edits", [
    {"- channels:history": "- groups:history"},
    {"- channels:history": "# - channels:history", **CHOSEN},
    {"- channels:history": "- channels:history\n      - groups:history"},
    {"# - usergroups:read": "- usergroups:read"},
    {"- commands #": "- usergroups:read\n      - commands #", "- channels:history": '- "groups:history"'},
])  # fmt: skip
def test_the_scopes_that_are_peoples_to_choose_are_ours_and_stay_with_another_command(
    tmp_path: Path, mode: str, edits: dict[str, str]
) -> None:
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    ran(path, mode)
    text = manifest.read_text(encoding="utf-8")
    for was, wanted in edits.items():
        text = text.replace(was, wanted, 1)
    manifest.write_text(text, encoding="utf-8")
    said = ran(path, update=True)
    assert said.splitlines()[1] == f"{manifest}: for {mode} mode and /operator"
    assert manifest.read_text(encoding="utf-8") == text
    settings = path.read_text(encoding="utf-8").replace('command = "/operator"', 'command = "/modelops"')
    path.write_text(settings, encoding="utf-8")
    assert f"for {mode} mode and /modelops, no longer for {mode}" in ran(path, update=True)
    was, now = yaml.safe_load(text), yaml.safe_load(manifest.read_text(encoding="utf-8"))
    assert now["features"]["slash_commands"][0].pop("command") == "/modelops"
    assert was["features"]["slash_commands"][0].pop("command") == "/operator"
    assert set(now["oauth_config"]["scopes"].pop("bot")) == set(was["oauth_config"]["scopes"].pop("bot"))
    assert now == was


def test_a_manifest_that_was_not_there_is_told_as_written(tmp_path: Path) -> None:
    """Else it reads as if the one that the app was made of said the same."""
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    assert f"{manifest}: written for socket mode and /operator" in ran(path)
    assert f"{manifest}: for socket mode and /operator" in ran(path, update=True)
    manifest.unlink()
    assert f"{manifest}: written for socket mode and /operator" in ran(path, update=True)


MODE = "settings.socket_mode_enabled"
PLACES = ("features.slash_commands.url", "settings.event_subscriptions.request_url",
          "settings.interactivity.request_url")  # fmt: skip
NAME = "display_information.name: Models there, AI Operator as I write it"
MISSING = [f"{place}: nothing there, {URL} as I write it" for place in PLACES]


@pytest.mark.parametrize(
    ("made_for", "edit", "mode", "told"),
    [
        ("socket", ("  name: AI Operator", "  name: Models"), "socket", [NAME]),
        ("socket", ("  name: AI Operator", "  name: Models"), "http",
            [NAME, *MISSING, f"{MODE}: true there, false as I write it"]),
        # what people may choose hides nothing else
        ("socket", ("- channels:history", "- groups:history\n      - usergroups:read\n      - im:read"),
            "socket",
            ["oauth_config.scopes.bot: im:read there, nothing as I write it"]),
        ("socket", ("- channels:history", "- im:history"), "socket",
            ["oauth_config.scopes.bot: im:history there, channels:history as I write it"]),
        ("http", ("- files:write", "- usergroups:read"), "http",
            ["oauth_config.scopes.bot: nothing there, files:write as I write it"]),
        # one of three addresses is one's own
        ("http", (URL, OWN, 1), "http",
            [f"{place}: {URL} there, {OWN} as I write it" for place in PLACES[1:]]),
        ("http", ("/slack/events", "/hook"), "http",
            [f"{place}: https://bot.example.com/hook there, {URL} as I write it" for place in PLACES]),
        # a manifest of an older version lacks what this one wants
        ("socket", ("      - files:write # the picture of the last 14 days\n", ""), "socket",
            ["oauth_config.scopes.bot: nothing there, files:write as I write it"]),
        ("socket", ("    - command: /operator", "    - name: /operator"), "socket",
            ["features.slash_commands.command: nothing there, /operator as I write it",
             "features.slash_commands.name: /operator there, nothing as I write it"]),
        ("http", ("org_deploy_enabled: false", "org_deploy_enabled: true"), "http",
            ["settings.org_deploy_enabled: true there, false as I write it"]),
    ],
)  # fmt: skip
def test_in_an_edited_manifest_what_differs_is_told_and_nothing_is_changed(
    tmp_path: Path, made_for: str, edit: tuple[str, str], mode: str, told: list[str]
) -> None:
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    ran(path, mode)
    edited = manifest_for(made_for, "/operator").replace(*edit)
    manifest.write_text(edited, encoding="utf-8")
    said = ran(path, mode, update=True)
    assert f"left as it is, for it says otherwise than I would for {mode} mode and /operator" in said
    assert sorted(line.strip() for line in said.splitlines() if "as I write it" in line) == sorted(told)
    assert "or move it away and call me with --update again" in said
    assert manifest.read_text(encoding="utf-8") == edited


def test_another_command_in_an_edited_manifest_is_told(tmp_path: Path) -> None:
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    path.write_text(TEXT.replace('command = "/operator"', 'command = "/modelops"'), encoding="utf-8")
    manifest.write_text(manifest_for("socket", "/bots").replace("AI Operator", "Models"), encoding="utf-8")
    said = ran(path, update=True)
    assert "features.slash_commands.command: /bots there, /modelops as I write it" in said
    assert "for socket mode and /modelops" in said


@pytest.mark.parametrize("text", ["features: [", "a: b: c", "\tx: 1", "x: @here"])
def test_a_manifest_that_is_no_yaml_is_left_and_told_where(tmp_path: Path, text: str) -> None:
    path, manifest = tmp_path / "operator.toml", tmp_path / "manifest.yaml"
    manifest.write_text(text)
    said = ran(path)
    assert "left as it is, for it can't be read" in said
    assert "line 1" in said
    assert manifest.read_text() == text


@pytest.mark.parametrize(("section", "key"), KEYS, ids=lambda part: part)
def test_any_missing_key_is_added_where_it_belongs_and_explained(
    tmp_path: Path, section: str, key: str
) -> None:
    text = re.sub(rf"(?ms)(^\[{section}\]\n(?:(?!^\[).)*?)(?:^#[^\n]*\n)*^{key} = [^\n]*\n", r"\1", TEXT)
    path = tmp_path / "operator.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="init --update adds"):
        load_settings(path)
    said = ran(path, update=True)
    assert tomllib.loads(path.read_text(encoding="utf-8")) == tomllib.loads(TEXT)
    assert re.search(rf"(?m)^ *\[{section}\]$", said)
    explained = re.search(rf"(?m)((?:^ *#.*\n)*)^ *{key} = [^#]*(.*)$", said)
    assert explained, said
    assert len("".join(explained.groups())) > 10


OF_PEOPLE = [
    # their own order, comments and values; a comment that belongs to the section below it
    without("urgent", "health_port").replace('"C0000000000"', "'C0ANA' # ours")
    + "\n# the end of the file\n",
    "# first\n" + without("digest_at").replace("[discovery]", "# Ana wants this section last\n[discovery]"),
    # spaces around names, an array over several lines, no last line end
    without("min_failures").replace("[policy]", "[ policy ]  # strict").replace(
        'kinds = ["hard_model", "auth"]', 'kinds = [\n    "hard_model", # gone\n    "auth",\n]'
    ).rstrip("\n"),
    # Windows
    without("reasoning_effort", "models_dev_url").replace("\n", "\r\n"),
    # a whole section is missing
    re.sub(r"(?ms)^\[schedule\].*?(?=^\[)", "", TEXT),
]  # fmt: skip


@pytest.mark.parametrize("text", OF_PEOPLE)
def test_an_update_keeps_every_line_in_its_order(tmp_path: Path, text: str) -> None:
    path = tmp_path / "operator.toml"
    path.write_bytes(text.encode())
    ran(path, update=True)
    after = path.read_bytes().decode()
    rest = iter(after.split("\n"))
    assert all(any(line == other for other in rest) for line in text.split("\n") if line.strip())
    wanted, own = tomllib.loads(TEXT), tomllib.loads(text)
    for section, keys in tomllib.loads(after).items():
        assert keys == wanted[section] | own.get(section, {})
    assert ("\r\n" in text) == ("\r\n" in after)
    assert after.replace("\r\n", "").count("\n") == (0 if "\r\n" in text else after.count("\n"))
    assert "nothing is missing" in ran(path, update=True)
    assert path.read_bytes().decode() == after


def test_a_comment_stays_with_the_section_that_it_stands_above(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    path.write_text(OF_PEOPLE[1])
    ran(path, update=True)
    assert "\n# Ana wants this section last\n[discovery]\n" in path.read_text()
    assert re.search(r"\n\[schedule\]\ndigest_at = ", path.read_text())


def test_a_replaced_keys_successor_is_the_persons_to_choose(tmp_path: Path) -> None:
    """Who had the autopilot off must not find it allowed after an upgrade."""
    path = tmp_path / "operator.toml"
    path.write_text(without("autopilot", "urgent").replace("[policy]\n", "[policy]\nauto_execute = false\n"))
    with pytest.raises(ConfigurationError, match="auto_execute: replaced by autopilot"):
        ran(path, update=True)
    assert "autopilot =" not in path.read_text()
    assert "urgent = []" in path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "slack = { channel = 'C1' }\n",
        "llm = 3\n",
        "policy = [1]\n",
        "policy.autopilot = 'off'\n",
        "slack = 'nonsense'\n",
        "x = \n",
        "\xff",
    ],
)
def test_what_cant_be_added_to_is_left_and_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "operator.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigurationError):
        ran(path, update=True)
    assert path.read_bytes() == text.encode("latin-1")


@pytest.mark.parametrize("mode", ['"socket"', '"""socket"""', "'''socket'''", "'socket'"])
def test_another_mode_is_written_over_any_quotes(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "operator.toml"
    path.write_text(TEXT.replace('mode = "socket"', f"mode = {mode}"))
    ran(path, "http", update=True)
    assert load_settings(path).slack.mode == "http"


@pytest.mark.parametrize("mode", ["mode = 3", '"mode" = "socket"', 'mode = """\nsocket"""'])
def test_a_mode_that_cant_be_written_is_left_and_told(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "operator.toml"
    path.write_text(text := TEXT.replace('mode = "socket"', mode))
    with pytest.raises(ConfigurationError, match="left as it is"):
        ran(path, "http", update=True)
    assert path.read_text() == text


def test_a_byte_order_mark_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    path.write_text("\ufeff" + without("urgent"), encoding="utf-8")
    ran(path, update=True)
    assert load_settings(path)


def test_a_folder_that_cant_be_written_to_is_told(tmp_path: Path) -> None:
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bot", "--config", str(tmp_path / "nowhere" / "operator.toml"), "init"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("ai-operator: ")
    assert "nowhere/operator.toml" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
