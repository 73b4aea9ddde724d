"""The settings that the project ships, which tests take unless they are about others."""

from pathlib import Path

from bot.settings import load_settings

PROJECTS_OWN = Path(__file__).parents[2] / "operator.toml"
SETTINGS = load_settings(PROJECTS_OWN)
