"""The names of real models, as their makers spell them, oldest first; open weights as Hugging Face does."""

import tomllib
from pathlib import Path

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
OPEN, OPENAI, CLAUDE, CLAUDE_ALIASES, GEMINI, MISTRAL, BEDROCK_OWN = (
    tuple(_LISTED[maker].split())
    for maker in ("open", "openai", "claude", "claude_aliases", "gemini", "mistral", "bedrock_own")
)
