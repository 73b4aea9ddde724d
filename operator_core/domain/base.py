"""What all values are made of: frozen models, a model's name, times.

All times are timezone-aware UTC, truncated to milliseconds, because that is what MongoDB keeps.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError, WrapValidator

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
EVER = datetime(2000, 1, 1, tzinfo=UTC)


class Frozen(BaseModel):
    """A value: it never changes, and it refuses fields it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Spoken(StrEnum):
    """A word that is stored, and beside it what people are told of it."""

    said: str

    def __new__(cls, value: str, said: str = "") -> Self:
        word = str.__new__(cls, value)
        word._value_, word.said = value, said
        return word


def valid(
    fields: Mapping[str, object], model: type[M], extra: Literal["forbid", "ignore"] = "forbid"
) -> M | None:
    """The fields as a value, or None where they don't fit: others wrote them, or another version of this.
    `extra`: whether fields that we don't know are passed over."""
    try:
        return model.model_validate(fields, extra=extra)
    except ValidationError:
        return None


def plain(provider: str) -> str:
    """As it is compared: `Groq` and `groq ` are one provider."""
    return provider.strip().casefold()


class ModelRef(Frozen):
    """A model as the platform names it: provider and model_id."""

    provider: str
    model_id: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model_id}"

    @property
    def plain_provider(self) -> str:
        return plain(self.provider)

    def __lt__(self, other: "ModelRef") -> bool:
        return (self.provider, self.model_id) < (other.provider, other.model_id)


def to_utc(moment: datetime) -> datetime:
    """Aware UTC in whole milliseconds; a naive time is read as UTC, as the platform's are."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=aware.microsecond // 1000 * 1000)


Time = Annotated[datetime, AfterValidator(to_utc)]


def otherwise(empty: object) -> WrapValidator:
    """For fields that other people fill in: what is missing or odd becomes `empty`, and the rest is read."""

    def read(value: object, check: Callable[[object], object]) -> object:
        try:
            return check(value)
        except ValidationError:
            return empty

    return WrapValidator(read)


Text = Annotated[str, Strict(), otherwise("")]
Flag = Annotated[bool, Strict(), otherwise(False)]
Line = Annotated[Text, AfterValidator(lambda text: text.strip()[:300])]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), otherwise("")]
Count = Annotated[Annotated[int, Strict(), Field(gt=0)] | None, otherwise(None)]
"""A whole number above zero; true is none."""
NOT_SET = (None, False, 0, "")


def is_set(value: object) -> bool:
    """A flag that ends something is set by odd values too, as "true" or 1."""
    return value not in NOT_SET


EndingFlag = Annotated[bool, WrapValidator(lambda value, _: is_set(value))]
Moment = Annotated[Annotated[datetime, Strict(), AfterValidator(to_utc)] | None, otherwise(None)]


def mapping_in(value: object) -> Mapping[str, Any]:
    """An object of JSON that other people wrote; empty where it is none."""
    return value if isinstance(value, dict) else {}


def grouped(things: Iterable[T], by: Callable[[T], K]) -> defaultdict[K, list[T]]:
    """All things by what `by` says of them, in their order."""
    groups = defaultdict[K, list[T]](list)
    for thing in things:
        groups[by(thing)].append(thing)
    return groups
