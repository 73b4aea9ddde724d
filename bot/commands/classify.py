"""`classify`: why a failure's message is read as it is, one JSON line in, one out."""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from operator_core.text.failures import read_failure


class Failure(BaseModel, frozen=True):
    """One line of input; what else a row carries is passed over."""

    provider: str
    message: str
    model_id: str | None = None
    http_status: Annotated[int, Field(ge=100, le=599)] | None = None


class BadLine(str):
    """What is wrong with a line that is not a failure."""


def classify(lines: Iterable[str]) -> Iterator[str]:
    """A JSON line `{kind, evidence, pattern}` or a BadLine for each failure, in order, blank lines aside."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            reading = read_failure(**dict(Failure.model_validate_json(line)))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = "".join(f"{field}: " for field in first["loc"])
            yield BadLine(f"line {number}: {where}{first['msg']}")
        else:
            said = reading.model_dump(include={"kind", "evidence", "pattern"})
            yield json.dumps(said, ensure_ascii=False)
