"""A stand-in for the Chat Completions API over real HTTP, whose answers a test or the demo scripts.

It is as strict as the real one with gpt-5: no key is a 401, `max_tokens` is a 400, and an answer longer than
`max_completion_tokens` is cut. There that limit is optional; here a request without one is refused, because
ours must always have one.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from operator_core.domain.base import Frozen
from sandbox.loopback import served
from sandbox.tokens import count_tokens, cut_to_tokens

Request = dict[str, Any]
"""The body of a request, as it came."""
FinishReason = Literal["stop", "length", "content_filter"]
PATH = "/v1/chat/completions"


class Reply(Frozen):
    """What the server gives back to one request."""

    content: str | None = ""
    finish_reason: FinishReason = "stop"
    refusal: str | None = None
    choices: bool = True
    """False: a completion whose list of choices is empty."""
    status: int = 200
    body: str | None = None
    """Sent as it is, instead of a completion."""
    content_type: str = "application/json"
    delay_seconds: float = 0.0
    """How long the server holds the request first."""


Answer = Callable[[Request], Reply]


@dataclass
class LlmServer:
    """A running stand-in."""

    base_url: str
    """As the SDK wants it: with /v1."""
    requests: list[Request] = field(default_factory=list)
    """Every accepted request's body, oldest first."""
    refused: list[str] = field(default_factory=list)
    """Why requests were refused, before any answer was asked for."""


def saying(content: object) -> Reply:
    """Text as it is, anything else as JSON."""
    return Reply(content=content if isinstance(content, str) else json.dumps(content))


def cut(content: str) -> Reply:
    """What there is of an answer whose limit was reached."""
    return Reply(content=content, finish_reason="length")


def filtered() -> Reply:
    return Reply(content="", finish_reason="content_filter")


def refusing(words: str = "I can't help with that.") -> Reply:
    return Reply(content=None, refusal=words)


def failing(status: int, words: str = "The server had an error", code: str = "server_error") -> Reply:
    """An error in OpenAI's shape."""
    return Reply(status=status, body=_error_body(words, code))


def garbage() -> Reply:
    """A proxy's page under status 200, instead of an answer."""
    return Reply(body="<html><body><h1>Bad gateway</h1></body></html>", content_type="text/html")


def without_choices() -> Reply:
    return Reply(choices=False)


UNUSABLE = (refusing(), filtered(), without_choices(), saying("nonsense"), saying([]), cut(""))
"""Answers that say nothing of use, and cost as much as any."""


def slowly(seconds: float, reply: Reply) -> Reply:
    return reply.model_copy(update={"delay_seconds": seconds})


def scripted(verdicts: Callable[[str], object]) -> Answer:
    """Answers by a function of the prompt: all messages' texts, joined by newlines.

    What it returns is sent as JSON; text is sent as it is, and a Reply too.
    """

    def answer(request: Request) -> Reply:
        given = verdicts(prompt_of(request))
        return given if isinstance(given, Reply) else saying(given)

    return answer


def prompt_of(request: Request) -> str:
    """The texts of all messages of a request."""
    return "\n".join(_text_of(message.get("content")) for message in request.get("messages", []))


@asynccontextmanager
async def llm_server(
    answer: Answer | Iterable[Reply], *, refuses: Collection[str] = ("max_tokens",)
) -> AsyncIterator[LlmServer]:
    """Runs a stand-in. `answer`: a function of the request, or replies in their order; when these are used
    up, requests get a 500. `refuses`: parameters, and types of response_format, that it doesn't know."""
    server = LlmServer(base_url="")
    reply_to = answer if callable(answer) else _in_order(answer)

    async def complete(request: web.Request) -> web.Response:
        body: Request = await request.json()
        problem = _problem(request, body, refuses)
        if problem is not None:
            server.refused.append(problem[1])
            return _respond(body, failing(*problem), 0)
        server.requests.append(body)
        reply = reply_to(body)
        await asyncio.sleep(reply.delay_seconds)
        return _respond(body, reply, len(server.requests))

    app = web.Application(client_max_size=32 * 1024**2)
    app.router.add_post(PATH, complete)
    await asyncio.to_thread(count_tokens, "")  # loading the tokenizer takes seconds: not within a request
    async with served(app) as url:
        server.base_url = f"{url}/v1"
        yield server


def _in_order(replies: Iterable[Reply]) -> Answer:
    left = iter(replies)
    return lambda _: next(left, failing(500, "no reply is scripted for this request"))


def _problem(request: web.Request, body: Request, refuses: Collection[str]) -> tuple[int, str, str] | None:
    """Status, words and code of what the real API (or our own rule) would refuse."""
    authorization = request.headers.get("Authorization", "")
    if not authorization.startswith("Bearer ") or not authorization.removeprefix("Bearer ").strip():
        return 401, "You didn't provide an API key.", "invalid_api_key"
    kind = (body.get("response_format") or {}).get("type")
    if unknown := [name for name in (*body, kind) if name in refuses]:
        instead = " Use 'max_completion_tokens' instead." if unknown[0] == "max_tokens" else ""
        return 400, f"Unsupported parameter: '{unknown[0]}'.{instead}", "unsupported_parameter"
    if _limit(body) is None:
        return 400, "'max_completion_tokens' must be set here.", "missing_required_parameter"
    if not body.get("messages") or not body.get("model"):
        return 400, "'model' and 'messages' are required.", "missing_required_parameter"
    if body.get("stream"):
        return 400, "This stand-in doesn't stream.", "unsupported_value"
    return None


def _respond(request: Request, reply: Reply, number: int) -> web.Response:
    if reply.body is not None:
        return web.Response(text=reply.body, status=reply.status, content_type=reply.content_type)
    return web.json_response(_completion(request, reply, number), status=reply.status)


def _completion(request: Request, reply: Reply, number: int) -> dict[str, Any]:
    limit = _limit(request) or 0
    content, finish_reason = reply.content, reply.finish_reason
    if content is not None and count_tokens(content) > limit:
        content, finish_reason = cut_to_tokens(content, limit), "length"
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, "refusal": reply.refusal},
        "finish_reason": finish_reason,
        "logprobs": None,
    }
    prompt_tokens = _prompt_tokens(request)
    completion_tokens = count_tokens(content or reply.refusal or "")
    return {
        "id": f"chatcmpl-sandbox-{number}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request["model"],
        "choices": [choice] if reply.choices else [],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def _limit(request: Request) -> int | None:
    limits = (request.get(name) for name in ("max_completion_tokens", "max_tokens"))
    return next((limit for limit in limits if isinstance(limit, int)), None)


def _prompt_tokens(request: Request) -> int:
    """The messages and, where one is asked for, the schema of the answer."""
    schema = request.get("response_format")
    return count_tokens(prompt_of(request)) + (count_tokens(json.dumps(schema)) if schema else 0)


def _text_of(content: object) -> str:
    """A message's content is text, or a list of parts with text."""
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if isinstance(part, dict) and "text" in part)
    return content if isinstance(content, str) else ""


def _error_body(words: str, code: str) -> str:
    return json.dumps(
        {"error": {"message": words, "type": "invalid_request_error", "param": None, "code": code}}
    )
