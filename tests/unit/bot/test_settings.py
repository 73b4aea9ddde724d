"""operator.toml: every key written down, every problem told at once; secrets named when they are missing."""

from pathlib import Path

import pytest

from bot.settings import Settings, known_secrets, load_settings, secret
from operator_core.domain.kinds import Kind
from operator_core.errors import ConfigurationError

PROJECTS_OWN = Path(__file__).parents[3] / "operator.toml"
TEXT = PROJECTS_OWN.read_text(encoding="utf-8")


def load(folder: Path, text: str) -> Settings:
    path = folder / "operator.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load(folder, text)
    return str(raised.value)


def test_the_projects_own_file_is_valid_and_says_what_it_means() -> None:
    settings = load_settings(PROJECTS_OWN)
    assert settings.policy.kinds == (Kind.HARD_MODEL, Kind.AUTH)
    assert settings.schedule.zone.key == "UTC"
    assert settings.slack.mode == "socket"


def test_every_key_is_required(tmp_path: Path) -> None:
    lines = TEXT.splitlines()
    section = ""
    for number, line in enumerate(lines):
        if line.startswith("["):
            section = line
        elif "=" in line.split("#")[0]:
            key = line.split("=")[0].strip()
            without = "\n".join(lines[:number] + lines[number + 1 :])
            assert f"{section} {key}: missing; add " in complaint(tmp_path, without)


def test_an_empty_file_names_every_section_and_its_keys(tmp_path: Path) -> None:
    said = complaint(tmp_path, "")
    assert "7 problems" in said
    assert "[schedule]: missing; add the section with timezone, digest_at, watch_every_minutes" in said


def test_a_missing_key_says_what_it_is_in_the_projects_own_file(tmp_path: Path) -> None:
    for line, said in (
        ('command = "/operator"', '[slack] command: missing; add command = "/operator"'),
        ("urgent = []", "[slack] urgent: missing; add urgent = []"),
        ("min_failing_hours = 48", "[policy] min_failing_hours: missing; add min_failing_hours = 48"),
        ('kinds = ["hard_model", "auth"]', 'add kinds = ["hard_model", "auth"]'),
    ):
        assert TEXT.count(line) == 1
        assert said in complaint(tmp_path, TEXT.replace(line, ""))


def test_a_key_whose_section_is_missing_is_told_where_it_belongs(tmp_path: Path) -> None:
    """Without its line, the keys of a section fall to the section before, or to none."""
    said = complaint(tmp_path, TEXT.replace("[policy]", "").replace("autopilot =", "auto_execute = true #"))
    assert "[policy]: missing; add the section with" in said
    assert "[analysis] kinds: belongs under [policy]" in said
    assert "[analysis] auto_execute: replaced by autopilot: write, under [policy]" in said
    assert "[analysis] min_confidence: belongs under [policy] or [discovery]" in said
    assert "remove it" not in said
    said = complaint(tmp_path, TEXT.replace("[mongodb]", ""))
    assert "[database]: belongs under [mongodb]" in said
    said = complaint(tmp_path, TEXT.replace("[schedule]", ""))
    assert "[slack] digest_at: belongs under [schedule]" in said


def test_swapped_secrets_are_noticed_and_never_repeated() -> None:
    for name, value, belongs in (
        ("SLACK_BOT_TOKEN", "xapp-1-very-secret", "SLACK_APP_TOKEN"),
        ("SLACK_APP_TOKEN", "xoxb-1-very-secret", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNING_SECRET", "xoxb-1-very-secret", "SLACK_BOT_TOKEN"),
        ("MONGODB_URI", "sk-very-secret", "OPENAI_API_KEY"),
        ("OPENAI_API_KEY", "mongodb://bot:very-secret@db", "MONGODB_URI"),
    ):
        with pytest.raises(ConfigurationError, match=f"{name} holds what belongs into {belongs}") as raised:
            secret(name, {name: value})
        assert "very-secret" not in str(raised.value)
    assert secret("SLACK_BOT_TOKEN", {"SLACK_BOT_TOKEN": "xoxe.xoxb-1"}) == "xoxe.xoxb-1"
    assert secret("OPENAI_API_KEY", {"OPENAI_API_KEY": "gateway-key"}) == "gateway-key"


@pytest.mark.parametrize(
    "value",
    [
        '"xoxb-1-hush"',
        "'xoxb-1-hush'",
        "Bearer xoxb-1-hush",
        "xoxb-1\nhush",
        "xoxb-1\u00a0hush",
        "xoxb-1-hush\u200b",
        "<xoxb-1-hush>",
        "`xoxb-1-hush`",
    ],
)
@pytest.mark.parametrize(
    "name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "OPENAI_API_KEY"]
)
def test_what_came_along_with_a_secret_is_said_before_slack_refuses_it(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        secret(name, {name: value})
    assert f"{name} has quotes, spaces or other signs" in str(raised.value)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("value", ["not needed", "sk-proj-a_b", "key;v2", "eyJ0.eyJ+/=.x"])
def test_the_key_of_another_llm_may_look_in_any_way(value: str) -> None:
    assert secret("OPENAI_API_KEY", {"OPENAI_API_KEY": value}) == value


@pytest.mark.parametrize("value", ["xoxb-1-hush;", "xoxb-1 hush", "$(xoxb-1-hush)"])
def test_a_token_of_slacks_holds_no_sign_that_none_has(value: str) -> None:
    with pytest.raises(ConfigurationError, match="SLACK_BOT_TOKEN has quotes, spaces or other signs"):
        secret("SLACK_BOT_TOKEN", {"SLACK_BOT_TOKEN": value})


def test_a_misspelt_key_gets_the_right_spelling(tmp_path: Path) -> None:
    said = complaint(tmp_path, TEXT.replace("digest_at", "digestat"))
    assert "2 problems" in said
    assert "[schedule] digest_at: missing" in said
    assert "[schedule] digestat: unknown; did you mean digest_at?" in said


def test_an_unknown_section_is_refused(tmp_path: Path) -> None:
    assert "[teams]: unknown; remove it" in complaint(tmp_path, TEXT + "\n[teams]\nurl = 'x'\n")


def test_a_key_that_holds_a_secret_is_refused_without_being_repeated(tmp_path: Path) -> None:
    said = complaint(tmp_path, TEXT.replace("[llm]", '[llm]\napi_key = "sk-quite-secret"'))
    assert "[llm] api_key: unknown" in said
    assert "sk-quite" not in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('timezone = "UTC"', 'timezone = "Europe/Belin"', "[schedule] timezone: there is no time zone"),
        ('timezone = "UTC"', 'timezone = "../etc/passwd"', "[schedule] timezone: there is no time zone"),
        (
            '"08:00"',
            '"25:00"',
            '[schedule] digest_at: "25:00" won\'t do; write it like digest_at = "08:00" # each day',
        ),
        ('"08:00"', '"8:00"', '[schedule] digest_at: "8:00" won\'t do'),
        ('"08:00"', "08:00:00", "[schedule] digest_at:"),
        (
            '"C0000000000"',
            '"#ops"',
            '[slack] channel: "#ops" won\'t do; write it like channel = "C0000000000" # where',
        ),
        ('["U0000000000"]', "[]", "[slack] approvers: [] won't do; write it like approvers = ["),
        ('["U0000000000"]', '["U0000000000", "@jane"]', '[slack] approvers, item 2: "@jane" won\'t do'),
        ('"socket"', '"sockets"', "[slack] mode: must be 'socket' or 'http'"),
        ('"https://slack.com/api/"', '"slack.com"', "[slack] api_url:"),
        ("health_port = 8080", "health_port = 80800", "[slack] health_port: must be less than or equal to"),
        (
            "health_port = 8080",
            'health_port = "8080"',
            '[slack] health_port: "8080" won\'t do; write it like health_port = 8080 #',
        ),
        ('autopilot = "on"', "autopilot = true", "[policy] autopilot: must be 'off', 'shadow' or 'on'"),
        ('autopilot = "on"', "auto_execute = true", "[policy] auto_execute: replaced by autopilot: write"),
        (
            'autopilot = "on"',
            "",
            '[policy] autopilot: missing; add autopilot = "on"',
        ),
        (
            "min_failures = 3",
            "min_failures = true",
            "[policy] min_failures: true won't do; write it like min_failures = 3",
        ),
        (
            "min_confidence = 0.95",
            "min_confidence = 95",
            "[policy] min_confidence: must be less than or equal",
        ),
        ('"hard_model", "auth"', '"hard_model", "auht"', "[policy] kinds, item 2: must be 'auth'"),
        ("window_days = 30", "window_days = nan", "[analysis] window_days:"),
        ('"https://openrouter.ai/api/v1/models"', '"openrouter"', "[discovery] openrouter_url:"),
    ],
)
def test_a_wrong_value_is_named_with_its_place_and_what_to_write(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert TEXT.count(before) == 1
    assert said in complaint(tmp_path, TEXT.replace(before, after))


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    wrong = TEXT.replace('"08:00"', '"8"').replace('"#', '"').replace('"C0000000000"', '"x"')
    said = complaint(tmp_path, wrong.replace("window_days = 30", "")).splitlines()
    assert said[0].endswith("3 problems; ai-operator init --update adds the keys that are missing")
    assert len(said) == 4


def test_one_port_cant_serve_two_purposes(tmp_path: Path) -> None:
    clash = TEXT.replace("http_port = 3000", "http_port = 8080")
    assert load(tmp_path, clash).slack.http_port == 8080  # in Socket Mode it isn't used
    assert "must differ" in complaint(tmp_path, clash.replace('mode = "socket"', 'mode = "http"'))


def test_what_is_not_toml_is_pointed_to_by_its_line(tmp_path: Path) -> None:
    said = complaint(tmp_path, "[mongodb]\ndatabase = \n")
    assert "not valid TOML" in said
    assert "line 2" in said


def test_a_missing_file_says_where_to_take_one_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no such file; ai-operator init"):
        load_settings(tmp_path / "nowhere.toml")


def test_a_folder_instead_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="could not be read"):
        load_settings(tmp_path)


def test_a_missing_secret_is_named_with_its_purpose() -> None:
    with pytest.raises(ConfigurationError, match=r"SLACK_APP_TOKEN is not set: .* for Socket Mode"):
        secret("SLACK_APP_TOKEN", {"SLACK_APP_TOKEN": "  "})


def test_a_secret_is_read_without_the_spaces_around_it() -> None:
    assert secret("OPENAI_API_KEY", {"OPENAI_API_KEY": " sk-1\n"}) == "sk-1"


def test_of_a_mongodb_uri_only_the_password_is_a_secret() -> None:
    environment = {"MONGODB_URI": "mongodb://bot:p%40ss-word@db:27017/", "OPENAI_API_KEY": "sk-1"}
    assert known_secrets(environment) == ("sk-1", "p%40ss-word", "p@ss-word")
    assert known_secrets({"MONGODB_URI": "mongodb://localhost"}) == ()


@pytest.mark.parametrize("password", ["p@ss:w/rd", "50%off", "a/b@c", "x?y#z[1]"])
def test_a_password_that_ought_to_be_encoded_is_a_secret_whole(password: str) -> None:
    assert password in known_secrets({"MONGODB_URI": f"mongodb://bot:{password}@db:27017/?tls=true"})
    cosmos = f"mongodb://bot:{password}@db:10255/?ssl=true&appName=@bot@"
    assert password in known_secrets({"MONGODB_URI": cosmos})
    assert known_secrets({"MONGODB_URI": "mongodb://[::1"}) == ()
