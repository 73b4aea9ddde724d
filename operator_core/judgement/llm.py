"""The LLM call: Chat Completions with structured output, and every way in which an answer can be unusable.

The raw answer is kept whatever its shape, so that its usage is counted and its valid items survive.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from genai_prices import Usage, calc_price
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, OpenAIError, omit
from pydantic import BaseModel, BeforeValidator
from pydantic_core import from_json

from operator_core.domain.base import Frozen, mapping_in
from operator_core.domain.decisions import LlmUse
from operator_core.errors import AdvisorError
from operator_core.options import LlmOptions
from operator_core.text.masking import redact
from operator_core.text.tables import compiled, read_table

RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
LONGEST_WAIT = 5.0
"""Seconds: a provider that asks for more patience than this is not asked again in this run."""


class Reply(Frozen):
    """What came back."""

    text: str
    cut: bool
    """The answer was longer than its limit."""
    prompt_tokens: int
    completion_tokens: int
    metered: bool
    """It said what it used."""
    cost_usd: float | None
    """None: the price of this model is not known, or the answer didn't say what it used."""
    problem: str = ""
    """Why it is of no use (refused, withheld, empty), though it was paid for."""


@dataclass(frozen=True)
class Advisor:
    """An LLM behind an OpenAI-compatible API. `client` is opened and closed by whoever made it."""

    client: AsyncOpenAI
    options: LlmOptions
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def ask(
        self, messages: Sequence[dict[str, str]], schema: type[BaseModel], max_completion_tokens: int
    ) -> Reply:
        """One call, tried again once where that may help.

        Raises AdvisorError with the plain cause.
        """
        try:
            return await self._once(messages, schema, max_completion_tokens)
        except _Again as again:
            await self.sleep(again.wait)
        return await self._once(messages, schema, max_completion_tokens)

    async def _once(
        self, messages: Sequence[dict[str, str]], schema: type[BaseModel], max_completion_tokens: int
    ) -> Reply:
        options, name = self.options, self.options.model
        formats = {"json_schema": response_format(schema), "json_object": {"type": "json_object"}}
        shape = f"Answer with JSON alone, of this schema: {json.dumps(compact(schema.model_json_schema()))}"
        told = [] if options.structured_output == "json_schema" else [{"role": "system", "content": shape}]
        request: dict[str, Any] = {
            "model": name,
            "messages": [*messages, *told],
            options.token_limit: max_completion_tokens,
            "reasoning_effort": options.reasoning_effort or omit,
            "response_format": formats.get(options.structured_output, omit),
        }
        client = self.client.with_options(max_retries=0, timeout=options.timeout_seconds)
        try:
            async with asyncio.timeout(options.timeout_seconds):
                raw = await client.chat.completions.with_raw_response.create(**request)
        except (APITimeoutError, TimeoutError) as error:
            patience = f"{options.timeout_seconds:.0f} seconds"
            raise AdvisorError(f"{name} did not answer within {patience}") from error
        except APIConnectionError as error:
            raise _Again(f"{name} could not be reached", 0.0) from error
        except APIStatusError as error:
            raise _refused(options, error) from error
        except OpenAIError as error:
            raise AdvisorError(f"{name} could not be asked: {type(error).__name__}") from error
        except UnicodeEncodeError:  # it carries the whole header: not chained
            raise AdvisorError(f"{name}: the API key holds characters that can't be sent") from None
        return _reply(name, raw.text)


class _Again(AdvisorError):
    """Worth one more try."""

    def __init__(self, cause: str, wait: float) -> None:
        super().__init__(cause)
        self.wait = wait


def response_format(schema: type[BaseModel]) -> dict[str, Any]:
    """A pydantic model as the API's structured output."""
    shape = {"name": schema.__name__.lower(), "strict": True, "schema": compact(schema.model_json_schema())}
    return {"type": "json_schema", "json_schema": shape}


def compact(schema: Any, parts: Any = None) -> Any:
    """A schema without titles and descriptions, each part in its place: each request pays for its words."""
    if isinstance(schema, dict):
        parts = schema.get("$defs", parts)
        if "$ref" in schema:
            return compact(parts[schema["$ref"].removeprefix("#/$defs/")], parts)
        words = {"title", "description", "$defs"} if "type" in schema else set[str]()
        return {key: compact(value, parts) for key, value in schema.items() if key not in words}
    return [compact(value, parts) for value in schema] if isinstance(schema, list) else schema


def _number(value: object) -> object:
    """Also a share in percent; true is none."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip()[:-1]) / 100
    return None if isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]
Number = Annotated[float, BeforeValidator(_number)]
Word = BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value)
"""A name of ours, in whatever case it came back."""


def items_of(reply: Reply, field: str, *, beside: str = "") -> tuple[dict[str, Any], ...]:
    """The items of the list `field` that arrived whole, also of a cut answer.

    Read generously: the list may stand alone, in fences, after the model's thoughts or drafts, or in prose.
    The last item of a cut answer is dropped where it may be incomplete. With `beside` it may be missing, and
    is read where that list is. Raises AdvisorError where the reply is of no use, or nonsense.
    """
    if reply.problem:
        raise AdvisorError(reply.problem)
    values = _json_in(reply.text, reply.cut)
    if not values:
        raise AdvisorError("the answer was not valid JSON")
    value = next(
        (one for one in reversed(values) if (beside or field) in one and isinstance(one, dict)), values[-1]
    )
    items = value.get(field) if isinstance(value, dict) else None if beside else value
    if beside and items is None:
        return ()
    if not isinstance(items, list) or value == []:
        raise AdvisorError("the answer did not have the agreed shape")
    return tuple(item for item in items if isinstance(item, dict))


PATTERNS = compiled(read_table(__package__, "marks.toml"))
_DECODER = json.JSONDecoder()
_FALSE_STARTS = 200
"""So many brackets of prose are passed over; in more nothing is looked for."""


def _json_in(text: str, cut: bool) -> list[Any]:
    """The objects and lists of objects that follow a model's thoughts; none while those haven't ended."""
    values, at, thinking, false_starts = list[Any](), 0, False, 0
    while mark := PATTERNS["mark"].search(text, at):
        at = mark.end()
        if not mark["json"]:
            values, thinking = [], not mark["after"]
            continue
        try:
            value, at = _DECODER.raw_decode(text, mark.start())
        except (ValueError, RecursionError):
            try:
                value, at = from_json(text[mark.start() :] if cut else "", allow_partial=cut), len(text)
            except ValueError:
                false_starts += 1
                if false_starts > _FALSE_STARTS:
                    return []
                continue
        if not thinking and (isinstance(value, dict) or not value or isinstance(value[0], dict)):
            values.append(value)
    return values


def use_of(model: str, calls: int, replies: Sequence[Reply], fallback: str) -> LlmUse:
    """What so many calls cost, whether or not something of the replies was of use."""
    costs = [reply.cost_usd for reply in replies]
    return LlmUse(
        model=model,
        calls=calls,
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        completion_tokens=sum(reply.completion_tokens for reply in replies),
        unmetered=not all(reply.metered for reply in replies),
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        fallback=fallback or None,
    )


_THOUGHT_PARTS = ("thinking", "reasoning")
_REFUSALS = read_table(__package__, "refusals.toml")


def _refused(options: LlmOptions, error: APIStatusError) -> AdvisorError:
    status, said = error.status_code, _words(error.body)
    what = _REFUSALS["statuses"].get(str(status), f" answered with status {status}")
    cause = f"{options.model}{what}{f': {redact(said, 120)}' if said else ''}{_cure(options, said)}"
    try:
        wait = float(error.response.headers.get("retry-after", "0"))
    except ValueError:
        wait = 0.0
    return _Again(cause, wait) if status in RETRIED and wait <= LONGEST_WAIT else AdvisorError(cause)


def _words(body: object) -> str:
    """What an API says about a request that it didn't accept, in whatever shape."""
    if isinstance(body, dict | list):
        inner = map(body.get, ("message", "error", "detail", "msg")) if isinstance(body, dict) else body[:1]
        return next(filter(None, map(_words, inner)), "")
    return body.strip() if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def _cure(options: LlmOptions, said: str) -> str:
    """The setting that takes a refused parameter out of the request."""
    not_sent = {"max_tokens", "max_completion_tokens"} - {options.token_limit}
    cures = (cure for name, cure in _REFUSALS["cures"].items() if name in said and name not in not_sent)
    cure = next(cures, "")
    return f"; [llm] {cure} in operator.toml may help" if cure else ""


def _reply(name: str, body: str) -> Reply:
    try:
        value = from_json(body)  # unlike json's, it refuses lone surrogates and endless nesting as ValueError
    except ValueError as error:
        raise AdvisorError(f"{name} answered with something that isn't JSON") from error
    answer = mapping_in(value)
    usage, choices = mapping_in(answer.get("usage")), answer.get("choices")
    choice = mapping_in(choices[0]) if isinstance(choices, list) and choices else {}
    text = _text(mapping_in(choice.get("message")).get("content"))
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    problem = _problem(_words(answer.get("error")), choice, text)
    return Reply(
        text=text,
        cut=choice.get("finish_reason") == "length",
        prompt_tokens=prompt,
        completion_tokens=completion,
        metered=bool(usage),
        cost_usd=cost(name, prompt, completion) if usage else None,
        problem=problem and f"{name}{problem}",
    )


def _text(content: object) -> str:
    """A message's content: text, or parts of which some are text, and some thoughts."""
    if isinstance(content, list):
        parts = (part for part in map(mapping_in, content) if part.get("type") not in _THOUGHT_PARTS)
        return "".join(_text(part.get("text")) for part in parts)
    return content if isinstance(content, str) else ""


def _problem(error: str, choice: Mapping[str, Any], text: str) -> str:
    refusal, finish = mapping_in(choice.get("message")).get("refusal"), choice.get("finish_reason")
    reasons = (
        (error, f" answered with an error: {redact(error, 160)}"),
        (not choice, " answered without any choice"),
        (refusal, f" refused: {redact(str(refusal), 120)}"),
        (finish == "content_filter", ": the answer was withheld by a content filter"),
        (text.strip(), ""),
        (finish == "length", " spent its tokens before it said anything"),
    )
    return next((reason for holds, reason in reasons if holds), " gave an empty answer")


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def cost(model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
    """What a call costs in USD; None for a model whose price is not known."""
    try:
        used = Usage(input_tokens=prompt_tokens, output_tokens=completion_tokens)
        return float(calc_price(used, model_ref=model).total_price)
    except LookupError:
        return None
