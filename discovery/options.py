"""The section [discovery] of operator.toml."""

from typing import Annotated

from pydantic import Field

from operator_core.domain.base import Frozen

Url = Annotated[str, Field(pattern=r"^https?://")]


class DiscoveryOptions(Frozen):
    """Where models and their ids are listed, and which providers they are looked for at."""

    openrouter_url: Url
    models_dev_url: Url
    litellm_url: Url
    providers: Annotated[tuple[str, ...], Field(min_length=1)]
    min_confidence: Annotated[float, Field(ge=0, le=1)]
