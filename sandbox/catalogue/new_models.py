"""The models that are new in the sandbox's catalogue: none of them is in the sandbox's platform."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from operator_core.domain.base import Frozen


class New(Frozen):
    """A catalogue entry, and the ids under which providers serve it themselves."""

    slug: str
    name: str
    context: int
    prices: tuple[str, str]
    """Dollars a token, prompt and completion, as OpenRouter writes them."""
    days_old: int
    served: Mapping[str, str] = {}
    """Provider and its own id, as the witnesses list them."""
    output: tuple[str, ...] = ("text",)


_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CONFIRMED, UNCONFIRMED, LEFT_OUT = (
    tuple(New(**one) for one in _LISTED[group]) for group in ("confirmed", "unconfirmed", "left_out")
)
NEW = (*CONFIRMED, *UNCONFIRMED, *LEFT_OUT)
FEW = (*CONFIRMED[:5], UNCONFIRMED[0], LEFT_OUT[0])
"""As many as a usual week has."""
