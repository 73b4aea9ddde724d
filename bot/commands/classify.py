"""`classify`: why a failure's message is read as it is, one JSON line in, one out."""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from operator_core.domain.base import Frozen
from operator_core.text.failures import Reading, read_failure


class Failure(BaseModel):
    """One line of input; what else a row carries is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    provider: str
    message: str
    model_id: str | None = None
    http_status: Annotated[int, Field(ge=100, le=599)] | None = None


class BadLine(Frozen):
    """A line that is not a failure."""

    number: int
    """Counted from 1."""
    problem: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.problem}"


def classify(lines: Iterable[str]) -> Iterator[str | BadLine]:
    """A JSON line `{kind, pattern}` for each failure, in order; blank lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            failure = Failure.model_validate_json(line)
        except ValidationError as error:
            yield BadLine(number=number, problem=_problem(error))
        else:
            yield _answer(_read(failure))


def _read(failure: Failure) -> Reading:
    return read_failure(
        failure.message,
        provider=failure.provider,
        model_id=failure.model_id,
        http_status=failure.http_status,
    )


def _answer(reading: Reading) -> str:
    return json.dumps({"kind": reading.kind, "pattern": reading.pattern}, ensure_ascii=False)


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
