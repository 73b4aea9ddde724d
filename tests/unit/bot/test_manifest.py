"""manifest.yaml asks Slack for what the bot needs, and for nothing more."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

MANIFEST = Path(__file__).parents[3] / "manifest.yaml"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return loaded


def test_slacks_own_schema_accepts_it(manifest: dict[str, Any], real_data: Path) -> None:
    schema = json.loads((real_data / "slack" / "manifest.schema.2.0.0.json").read_text(encoding="utf-8"))
    errors = [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(manifest)]
    assert errors == []


def test_it_asks_for_four_scopes_of_the_bot_and_none_of_a_user(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"] == {
        "scopes": {"bot": ["channels:history", "chat:write", "commands", "files:write"]}
    }


def test_the_one_scope_that_only_groups_of_approvers_need_waits_as_a_comment() -> None:
    assert "# - usergroups:read" in MANIFEST.read_text(encoding="utf-8")


def test_what_people_use_is_switched_on(manifest: dict[str, Any]) -> None:
    settings, features = manifest["settings"], manifest["features"]
    assert settings["socket_mode_enabled"] is True
    assert settings["interactivity"] == {"is_enabled": True}
    assert settings["event_subscriptions"] == {"bot_events": ["app_home_opened"]}
    assert features["app_home"]["home_tab_enabled"] is True
    assert [command["command"] for command in features["slash_commands"]] == ["/operator"]


def test_a_slash_command_keeps_names_as_they_were_typed(manifest: dict[str, Any]) -> None:
    """Escaped, `#` and `@` in a model's name would arrive as links to channels and people."""
    assert manifest["features"]["slash_commands"][0]["should_escape"] is False
