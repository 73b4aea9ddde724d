"""The LLM call: Chat Completions with structured output, and every way in which an answer can be unusable.

The raw answer is kept whatever its shape, so that its usage is counted and its valid items survive.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from genai_prices import Usage, calc_price
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, OpenAIError
from pydantic import BaseModel
from pydantic_core import from_json

from operator_core.domain.base import Frozen, mapping_in
from operator_core.domain.decisions import LlmUse
from operator_core.errors import AdvisorError
from operator_core.options import LlmOptions
from operator_core.text.masking import redact

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
        name = self.options.model
        effort = {"reasoning_effort": self.options.reasoning_effort} if self.options.reasoning_effort else {}
        request: dict[str, Any] = {
            "model": name,
            "messages": list(messages),
            "max_completion_tokens": max_completion_tokens,
            "response_format": response_format(schema),
            **effort,
        }
        client = self.client.with_options(max_retries=0, timeout=self.options.timeout_seconds)
        try:
            async with asyncio.timeout(self.options.timeout_seconds):
                raw = await client.chat.completions.with_raw_response.create(**request)
        except (APITimeoutError, TimeoutError) as error:
            seconds = self.options.timeout_seconds
            raise AdvisorError(f"{name} did not answer within {seconds:.0f} seconds") from error
        except APIConnectionError as error:
            raise _Again(f"{name} could not be reached", 0.0) from error
        except APIStatusError as error:
            raise _refused(name, error) from error
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
    return {
        "type": "json_schema",
        "json_schema": {
            "name": schema.__name__.lower(),
            "strict": True,
            "schema": schema.model_json_schema(),
        },
    }


def items_of(reply: Reply, field: str) -> tuple[dict[str, Any], ...]:
    """The items of the list `field` that arrived whole, also of a cut answer.

    The last item of a cut answer is dropped where it may be incomplete. Raises AdvisorError where the
    reply is of no use, or nonsense.
    """
    if reply.problem:
        raise AdvisorError(reply.problem)
    try:
        value = from_json(reply.text, allow_partial=reply.cut)
    except ValueError as error:
        raise AdvisorError("the answer was not valid JSON") from error
    items = value.get(field) if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise AdvisorError("the answer did not have the agreed shape")
    return tuple(item for item in items if isinstance(item, dict))


def use_of(model: str, calls: int, replies: Sequence[Reply], fallback: str) -> LlmUse:
    """What so many calls cost, whether or not something of the replies was of use."""
    costs = [reply.cost_usd for reply in replies]
    return LlmUse(
        model=model,
        calls=calls,
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        completion_tokens=sum(reply.completion_tokens for reply in replies),
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        fallback=fallback or None,
    )


def _refused(name: str, error: APIStatusError) -> AdvisorError:
    status = error.status_code
    cause = {
        401: f"{name}: the API key was refused (401)",
        403: f"{name}: the API key may not use this model (403)",
        404: f"{name}: no such model at the configured base_url (404)",
        429: f"{name}: rate limited or out of quota (429)",
    }.get(status, f"{name} answered with status {status}{_words(error)}")
    if status not in RETRIED:
        return AdvisorError(cause)
    try:
        wait = float(error.response.headers.get("retry-after", "0"))
    except ValueError:
        wait = 0.0
    return _Again(cause, wait) if wait <= LONGEST_WAIT else AdvisorError(cause)


def _words(error: APIStatusError) -> str:
    """What the API says about a request that it didn't accept."""
    said = error.body.get("message") if isinstance(error.body, dict) else None
    return f": {redact(said, 120)}" if isinstance(said, str) and said.strip() else ""


def _reply(name: str, body: str) -> Reply:
    try:
        value = from_json(body)  # unlike json's, it refuses lone surrogates and endless nesting as ValueError
    except ValueError as error:
        raise AdvisorError(f"{name} answered with something that isn't JSON") from error
    answer = mapping_in(value)
    usage, choices = mapping_in(answer.get("usage")), answer.get("choices")
    choice = mapping_in(choices[0]) if isinstance(choices, list) and choices else {}
    message, finish = mapping_in(choice.get("message")), choice.get("finish_reason")
    text = message.get("content")
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return Reply(
        text=text if isinstance(text, str) else "",
        cut=finish == "length",
        prompt_tokens=prompt,
        completion_tokens=completion,
        cost_usd=cost(name, prompt, completion) if usage else None,
        problem=_problem(name, message, finish) if choice else f"{name} answered without any choice",
    )


def _problem(name: str, message: Mapping[str, Any], finish: object) -> str:
    if message.get("refusal"):
        return f"{name} refused: {redact(str(message['refusal']), 120)}"
    if finish == "content_filter":
        return f"{name}: the answer was withheld by a content filter"
    text = message.get("content")
    if isinstance(text, str) and text.strip():
        return ""
    if finish == "length":
        return f"{name} spent its tokens before it said anything"
    return f"{name} gave an empty answer"


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def cost(model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
    """What a call costs in USD; None for a model whose price is not known."""
    try:
        price = calc_price(
            Usage(input_tokens=prompt_tokens, output_tokens=completion_tokens), model_ref=model
        )
    except LookupError:
        return None
    return float(Decimal(price.total_price))
