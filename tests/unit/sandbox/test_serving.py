"""The sandbox's settings are the project's own, and an unknown key is no setting."""

import tomllib

import pytest

from sandbox.serving import settings_text


@pytest.mark.parametrize("key", ["auto_execute", "autopilots", "min_confidence", "[policy]"])
def test_a_key_that_is_unknown_or_means_two_things_raises(key: str) -> None:
    with pytest.raises(ValueError, match="keys named"):
        settings_text({key: "off"})


def test_a_key_that_is_known_is_set() -> None:
    text = settings_text({"autopilot": "off", "approvers": ["U1"], "max_changes_unattended": 3})
    policy, slack = (tomllib.loads(text)[name] for name in ("policy", "slack"))
    assert (policy["autopilot"], policy["max_changes_unattended"], slack["approvers"]) == ("off", 3, ["U1"])
