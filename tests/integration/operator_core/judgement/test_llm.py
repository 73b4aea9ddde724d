"""The LLM call over real HTTP: every way in which an answer can be unusable has its plain cause."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from openai import AsyncOpenAI

from operator_core.domain.base import valid
from operator_core.errors import AdvisorError
from operator_core.judgement.llm import Advisor, Reply, cost, items_of, response_format, use_of
from operator_core.judgement.prompt import Answer, Item
from operator_core.options import LlmOptions
from sandbox import llm
from sandbox.llm import LlmServer, cut, failing, filtered, garbage, llm_server, refusing, saying, slowly
from sandbox.llm import Reply as Sent

KEY = "sk-proj-abcdefghijklmnopqrstuvwx"
ASKED = [{"role": "system", "content": "criteria"}, {"role": "user", "content": "s1 groq"}]
ONE = {"id": "s1", "action": "disable", "confidence": 0.97, "reason": "gone"}
GOOD = saying({"items": [ONE]})


@dataclass
class Naps:
    """Sleeps that only note how long they were to be."""

    taken: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)


def options(
    base_url: str,
    *,
    model: str = "gpt-5.2",
    effort: str = "low",
    patience: float = 20,
    output: str = "json_schema",
    limited_by: str = "max_completion_tokens",
) -> LlmOptions:
    return LlmOptions.model_validate(
        {
            "model": model,
            "base_url": base_url,
            "max_completion_tokens": 8_000,
            "reasoning_effort": effort,
            "structured_output": output,
            "token_limit": limited_by,
            "timeout_seconds": patience,
        }
    )


@asynccontextmanager
async def asking(
    replies: Iterable[Sent],
    *,
    model: str = "gpt-5.2",
    effort: str = "low",
    patience: float = 20,
    key: str = KEY,
) -> AsyncIterator[tuple[Advisor, LlmServer, Naps]]:
    naps = Naps()
    async with llm_server(replies) as server, AsyncOpenAI(api_key=key, base_url=server.base_url) as client:
        settings = options(server.base_url, model=model, effort=effort, patience=patience)
        yield Advisor(client, settings, naps.sleep), server, naps


async def reply_to(*replies: Sent, model: str = "gpt-5.2") -> Reply:
    async with asking(replies, model=model) as (advisor, _, _):
        return await advisor.ask(ASKED, Answer, 500)


async def test_a_good_answer_comes_with_its_usage_and_cost() -> None:
    reply = await reply_to(GOOD)
    assert items_of(reply, "items") == (ONE,)
    assert not reply.cut
    assert reply.prompt_tokens > 10
    assert reply.completion_tokens > 10
    assert reply.cost_usd == cost("gpt-5.2", reply.prompt_tokens, reply.completion_tokens)
    assert reply.cost_usd


async def test_the_request_asks_for_the_schema_within_a_limit() -> None:
    async with asking([GOOD]) as (advisor, server, _):
        await advisor.ask(ASKED, Answer, 500)
    [request] = server.requests
    assert request["messages"] == ASKED
    assert request["model"] == "gpt-5.2"
    assert request["max_completion_tokens"] == 500
    assert request["reasoning_effort"] == "low"
    assert request["response_format"] == response_format(Answer)


async def test_no_reasoning_effort_sends_none() -> None:
    async with asking([GOOD], effort="") as (advisor, server, _):
        await advisor.ask(ASKED, Answer, 500)
    assert "reasoning_effort" not in server.requests[0]


def test_the_schema_is_strict_as_structured_output_demands() -> None:
    sent = response_format(Answer)["json_schema"]
    assert sent["strict"] is True
    assert "$" not in json.dumps(sent), "each part stands in its place: a reference costs more than it saves"
    for shape in (sent["schema"], sent["schema"]["properties"]["items"]["items"]):
        assert shape["additionalProperties"] is False
        assert set(shape["required"]) == set(shape["properties"])


async def test_a_model_without_a_known_price_costs_unknown_not_zero() -> None:
    assert (await reply_to(GOOD, model="a-model-nobody-sells")).cost_usd is None


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (refusing(f"I won't. {KEY}"), "gpt-5.2 refused: I won't. <key>"),
        (filtered(), "content filter"),
        (Sent(content=None), "empty answer"),
        (saying("  \n"), "empty answer"),
        (cut(""), "spent its tokens before it said anything"),
    ],
)
async def test_an_answer_without_use_is_paid_for_and_its_cause_told(sent: Sent, cause: str) -> None:
    reply = await reply_to(sent)
    with pytest.raises(AdvisorError) as told:
        items_of(reply, "items")
    assert cause in str(told.value)
    assert KEY not in str(told.value)
    assert reply.prompt_tokens > 10
    assert reply.cost_usd


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (saying("I think that s1 is gone: 404"), "not valid JSON"),
        (saying([]), "agreed shape"),
        (saying({"items": {"s1": "disable"}}), "agreed shape"),
        (cut("I think"), "not valid JSON"),
    ],
)
async def test_nonsense_is_counted_and_its_cause_told(sent: Sent, cause: str) -> None:
    reply = await reply_to(sent)
    assert reply.prompt_tokens > 10, "it was paid for"
    with pytest.raises(AdvisorError, match=cause):
        items_of(reply, "items")


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        (garbage(), "isn't JSON"),
        (Sent(body=""), "isn't JSON"),
        (Sent(body="[" * 100_000), "isn't JSON"),
        (Sent(body='{"choices": [{"message": {"content": "\\ud800"}}]}'), "isn't JSON"),
        (llm.without_choices(), "without any choice"),
        (Sent(body='{"choices": ["s1"]}'), "without any choice"),
        (Sent(body='"ok"'), "without any choice"),
        (failing(401, f"Incorrect API key provided: {KEY}"), "API key was refused (401)"),
        (failing(403), "may not use this model (403)"),
        (failing(404), "no such model at the configured base_url (404)"),
        (
            failing(400, f"'reasoning_effort' is not supported {KEY}"),
            "400: 'reasoning_effort' is not supported",
        ),
        (Sent(status=418, body="<html>teapot</html>", content_type="text/html"), "status 418"),
    ],
)
async def test_what_is_no_answer_at_all_has_a_plain_cause_and_is_not_asked_again(
    sent: Sent, cause: str
) -> None:
    async with asking([sent, GOOD]) as (advisor, server, naps):
        with pytest.raises(AdvisorError) as told:
            items_of(await advisor.ask(ASKED, Answer, 500), "items")
    assert cause in str(told.value)
    assert KEY not in str(told.value)
    assert (len(server.requests), naps.taken) == (1, [])


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_what_may_pass_is_asked_once_more(status: int) -> None:
    async with asking([failing(status), GOOD]) as (advisor, server, naps):
        reply = await advisor.ask(ASKED, Answer, 500)
    assert items_of(reply, "items") == (ONE,)
    assert (len(server.requests), len(naps.taken)) == (2, 1)


async def test_a_second_failure_is_the_answer_there_is_no_third_request() -> None:
    async with asking([failing(500), failing(500), GOOD]) as (advisor, server, _):
        with pytest.raises(AdvisorError, match="status 500"):
            await advisor.ask(ASKED, Answer, 500)
    assert len(server.requests) == 2


async def test_a_slow_llm_is_given_up_and_not_asked_again() -> None:
    async with asking([slowly(5, GOOD), GOOD], patience=0.3) as (advisor, server, _):
        began = time.perf_counter()
        with pytest.raises(AdvisorError, match="did not answer within"):
            await advisor.ask(ASKED, Answer, 500)
        assert time.perf_counter() - began < 3
        assert len(server.requests) == 1


async def test_an_answer_that_trickles_does_not_outlast_the_patience() -> None:
    """A byte now and then keeps a read from timing out: the whole call has a limit."""

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        async with AsyncOpenAI(api_key=KEY, base_url=url) as client:
            with pytest.raises(AdvisorError, match="did not answer within"):
                await Advisor(client, options(url, patience=0.4)).ask(ASKED, Answer, 500)
    finally:
        server.close()


async def test_an_unreachable_llm_is_tried_twice_and_named() -> None:
    nobody = "http://127.0.0.1:9/v1"
    naps = Naps()
    async with AsyncOpenAI(api_key=KEY, base_url=nobody) as client:
        with pytest.raises(AdvisorError, match=r"gpt-5\.2 could not be reached"):
            await Advisor(client, options(nobody), naps.sleep).ask(ASKED, Answer, 500)
    assert len(naps.taken) == 1


async def test_a_key_that_cannot_be_sent_is_a_plain_cause_without_the_key() -> None:
    async with asking([GOOD], key="sk-secret…") as (advisor, _, _):
        with pytest.raises(AdvisorError, match="characters that can't be sent") as told:
            await advisor.ask(ASKED, Answer, 500)
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None


async def test_of_a_cut_answer_the_whole_items_are_kept() -> None:
    text = json.dumps({"items": [ONE, {**ONE, "id": "s2"}, {**ONE, "id": "s3"}]})
    reply = await reply_to(cut(text[:-12]))
    assert reply.cut
    whole = [item for raw in items_of(reply, "items") if (item := valid(raw, Item))]
    assert [item.id for item in whole if isinstance(item, Item)] == ["s1", "s2"]


async def test_an_answer_longer_than_its_limit_is_cut_and_counted() -> None:
    async with asking([saying({"items": [ONE] * 40})]) as (advisor, _, _):
        reply = await advisor.ask(ASKED, Answer, 256)
    assert reply.cut
    assert reply.completion_tokens == 256
    assert 5 < len(items_of(reply, "items")) < 40


@pytest.mark.parametrize(
    "wrong",
    [
        {**ONE, "action": "delete"},
        {**ONE, "confidence": "high"},
        {**ONE, "confidence": True},
        {**ONE, "reason": None},
        {"id": "s1"},
        {},
    ],
)
def test_an_item_that_does_not_fit_the_schema_is_none(wrong: dict[str, object]) -> None:
    assert valid(ONE, Item) is not None
    assert valid(wrong, Item) is None


@pytest.mark.parametrize(
    ("retry_after", "naps"), [("2", [2.0]), ("soon", [0.0]), ("60", []), ("nan", [])], ids=str
)
async def test_the_provider_says_when_to_ask_again_within_reason(retry_after: str, naps: list[float]) -> None:
    async def limited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 429 Too Many Requests\r\nretry-after: {retry_after}\r\nconnection: close\r\n"
        writer.write(f"{head}content-length: 2\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(limited, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    taken = Naps()
    try:
        async with AsyncOpenAI(api_key=KEY, base_url=url) as client:
            with pytest.raises(AdvisorError, match=r"rate limited or out of quota \(429\)"):
                await Advisor(client, options(url), taken.sleep).ask(ASKED, Answer, 500)
    finally:
        server.close()
    assert taken.taken == naps


TEXT = json.dumps({"items": [ONE]})


@pytest.mark.parametrize(
    "said",
    [
        f"```json\n{TEXT}\n```",
        f"<think>First [1] I weigh {{s1}} …</think>\n{TEXT}",
        f"Here is what I think [see below]:\n\n{TEXT}\n\nTell me if {{more}} is needed.",
        json.dumps([ONE]),
        f"```\n{json.dumps([ONE])}\n```",
        TEXT.replace('"items"', '"kinds": [], "items"'),
    ],
)
async def test_an_answer_is_read_whatever_stands_around_it(said: str) -> None:
    assert items_of(await reply_to(saying(said)), "items") == (ONE,)


DRAFT = json.dumps({"items": [{**ONE, "action": "ignore"}], "kinds": [{"id": "s1", "kind": "auth"}]})


@pytest.mark.parametrize(
    "said",
    [
        f"{DRAFT}</think>{TEXT}",
        f"<THINK>{DRAFT}</THINK>\n{TEXT}",
        f"<think>a <think>{DRAFT}</think> b {DRAFT}</think>{TEXT}",
        f"<thought>{DRAFT}</thought>{TEXT}",
        f'<reasoning effort="high">{DRAFT}</reasoning>{TEXT}',
        f"◁think▷{DRAFT}◁/think▷{TEXT}",
        f"[THINK]{DRAFT}[/THINK]{TEXT}",
        f"<|begin_of_thought|>{DRAFT}<|end_of_thought|>{TEXT}",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{TEXT}",
        f"analysis{DRAFT}assistantfinal{TEXT}",
        f"First draft: {DRAFT}. On reflection: {TEXT}",
        f"```json\n{DRAFT}\n```\nWait, [1] and {{s1}} differ:\n```json\n{TEXT}\n```\nNotes: []",
    ],
)
async def test_a_draft_is_not_the_answer(said: str) -> None:
    reply = await reply_to(saying(said))
    assert items_of(reply, "items") == (ONE,)
    assert items_of(reply, "kinds", beside="items") == ()


@pytest.mark.parametrize("opened", ["<think>", "<Reasoning>", "◁think▷", "<|channel|>analysis<|message|>"])
async def test_thoughts_that_never_ended_hold_no_answer(opened: str) -> None:
    for sent in (saying(f"{opened}{DRAFT}"), cut(f"{opened}{DRAFT} so")):
        with pytest.raises(AdvisorError, match="not valid JSON"):
            items_of(await reply_to(sent), "items")


@pytest.mark.parametrize("reason", ["ends in </think>", "<|channel|> came back", "says [THINK] or <thought>"])
async def test_the_words_of_an_answer_may_name_such_a_mark(reason: str) -> None:
    item = {**ONE, "reason": reason}
    assert items_of(await reply_to(saying({"items": [item]})), "items") == (item,)


@pytest.mark.parametrize(
    "odd",
    [
        {**ONE, "action": "Disable"},
        {**ONE, "confidence": "0.97"},
        {**ONE, "confidence": "97%"},
        {**ONE, "id": " S1"},
    ],
)
def test_an_item_in_other_spelling_is_the_same(odd: dict[str, object]) -> None:
    assert valid(odd, Item) == valid(ONE, Item)


async def test_an_answer_may_come_in_parts() -> None:
    thought = {"type": "reasoning", "text": DRAFT}
    halves = [{"type": "text", "text": half} for half in (TEXT[:20], TEXT[20:])]
    parts = [thought, halves[0], {"type": "image"}, halves[1]]
    body = json.dumps({"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]})
    assert items_of(await reply_to(Sent(body=body)), "items") == (ONE,)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ({"error": {"message": "no healthy upstream", "code": 502}}, "no healthy upstream"),
        ({"error": "out of memory", "choices": []}, "out of memory"),
        ({"error": {"detail": [{"msg": "prompt too long"}]}, "choices": [{}]}, "prompt too long"),
    ],
)
async def test_an_error_under_status_200_keeps_its_reason(body: object, cause: str) -> None:
    reply = await reply_to(Sent(body=json.dumps(body)))
    with pytest.raises(AdvisorError, match=cause):
        items_of(reply, "items")


async def test_without_usage_it_is_unknown_what_was_used() -> None:
    body = json.dumps({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]})
    silent, told = await reply_to(Sent(body=body)), await reply_to(GOOD)
    assert use_of("m", 2, [told, silent], "").unmetered
    assert use_of("m", 2, [told, silent], "").cost_usd is None
    assert not use_of("m", 1, [told], "").unmetered


@pytest.mark.parametrize(
    ("refused", "cure"),
    [
        ("max_completion_tokens", 'token_limit = "max_tokens"'),
        ("json_schema", 'structured_output = "json_object" or "prompt"'),
        ("reasoning_effort", 'reasoning_effort = ""'),
    ],
)
async def test_a_refused_parameter_is_named_with_the_setting_that_cures_it(refused: str, cure: str) -> None:
    async with llm_server([GOOD], refuses=[refused]) as server:
        client, settings = AsyncOpenAI(api_key=KEY, base_url=server.base_url), options(server.base_url)
        with pytest.raises(AdvisorError) as told:
            await Advisor(client, settings).ask(ASKED, Answer, 500)
        await client.close()
    assert refused in str(told.value)
    assert cure in str(told.value)


@pytest.mark.parametrize("output", ["json_object", "prompt"])
async def test_an_older_server_is_asked_as_it_understands(output: str) -> None:
    older = (
        "max_completion_tokens",
        "json_schema",
        "reasoning_effort",
        *(["json_object"] * (output == "prompt")),
    )
    async with llm_server([GOOD], refuses=older) as server:
        settings = options(server.base_url, effort="", output=output, limited_by="max_tokens")
        async with AsyncOpenAI(api_key=KEY, base_url=server.base_url) as client:
            reply = await Advisor(client, settings).ask(ASKED, Answer, 500)
    assert items_of(reply, "items") == (ONE,)
    assert "JSON alone" in server.requests[0]["messages"][-1]["content"]
    assert '"confidence"' in server.requests[0]["messages"][-1]["content"]
