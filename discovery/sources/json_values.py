"""Fields of JSON that other people wrote: what is missing or odd becomes empty. Pure."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, Strict

from operator_core.domain.base import Text, otherwise

Line = Annotated[Text, AfterValidator(lambda text: text.strip()[:300])]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), otherwise("")]
Count = Annotated[Annotated[int, Strict(), Field(gt=0)] | None, otherwise(None)]
"""A whole number above zero; true is none."""


def mapping_in(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
