"""The LLM's stand-in, asked over real HTTP."""

from typing import Any

import httpx
import pytest
from openai import APIStatusError, APITimeoutError, AsyncOpenAI, LengthFinishReasonError
from pydantic import BaseModel

from sandbox import llm
from sandbox.llm import LlmServer, Reply, llm_server, saying, scripted
from sandbox.tokens import count_tokens

KEY = {"Authorization": "Bearer sk-test"}
REQUEST: dict[str, Any] = {
    "model": "gpt-5.2",
    "max_completion_tokens": 500,
    "messages": [{"role": "user", "content": "s1 groq hard_model 5 of 26"}],
}


async def post(
    server: LlmServer, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        url = f"{server.base_url}/chat/completions"
        return await client.post(url, json=body or REQUEST, headers=KEY if headers is None else headers)


async def test_an_answer_is_a_completion_with_its_tokens_counted() -> None:
    async with llm_server([saying("hello there")]) as server:
        body = (await post(server)).json()
    assert body["choices"][0]["message"]["content"] == "hello there"
    assert body["choices"][0]["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["prompt_tokens"] == count_tokens("s1 groq hard_model 5 of 26") > 5
    assert usage["completion_tokens"] == count_tokens("hello there") > 1
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


async def test_what_was_asked_is_kept() -> None:
    async with llm_server([saying("a"), saying("b")]) as server:
        await post(server)
        await post(server, REQUEST | {"model": "other"})
    assert [request["model"] for request in server.requests] == ["gpt-5.2", "other"]


async def test_a_script_reads_the_prompt_and_answers_with_json_text_or_a_reply() -> None:
    given: list[object] = [{"verdicts": []}, "plain", llm.refusing()]
    prompts: list[str] = []

    def verdicts(prompt: str) -> object:
        prompts.append(prompt)
        return given[len(prompts) - 1]

    async with llm_server(scripted(verdicts)) as server:
        messages = [(await post(server)).json()["choices"][0]["message"] for _ in given]
    assert prompts == ["s1 groq hard_model 5 of 26"] * 3
    assert [message["content"] for message in messages] == ['{"verdicts": []}', "plain", None]
    assert messages[2]["refusal"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (REQUEST | {"max_tokens": 5}, KEY, 400, "max_completion_tokens"),
        ({k: v for k, v in REQUEST.items() if k != "max_completion_tokens"}, KEY, 400, "must be set"),
        (REQUEST | {"messages": []}, KEY, 400, "required"),
        (REQUEST | {"stream": True}, KEY, 400, "stream"),
        (REQUEST, {}, 401, "API key"),
        (REQUEST, {"Authorization": "Basic c2s="}, 401, "API key"),
    ],
)
async def test_what_the_real_api_refuses_is_refused(
    body: dict[str, Any], headers: dict[str, str], status: int, words: str
) -> None:
    async with llm_server([saying("never asked for")]) as server:
        response = await post(server, body, headers)
    assert response.status_code == status
    assert words in response.json()["error"]["message"]
    assert server.requests == []
    assert len(server.refused) == 1


async def test_an_answer_beyond_the_limit_is_cut_as_the_real_api_cuts_it() -> None:
    async with llm_server([saying("one two three four five six seven")]) as server:
        body = (await post(server, REQUEST | {"max_completion_tokens": 3})).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["choices"][0]["message"]["content"] == "one two three"
    assert body["usage"]["completion_tokens"] == 3


async def test_replies_come_in_their_order_and_then_there_are_none() -> None:
    async with llm_server([saying("first"), llm.failing(429, "slow down", "rate_limit_exceeded")]) as server:
        responses = [await post(server) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 429, 500]
    assert responses[1].json()["error"]["code"] == "rate_limit_exceeded"
    assert "no reply is scripted" in responses[2].text


async def test_garbage_is_a_page_under_status_200() -> None:
    async with llm_server([llm.garbage()]) as server:
        response = await post(server)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


async def test_choices_can_be_missing_and_answers_filtered() -> None:
    async with llm_server([llm.without_choices(), llm.filtered()]) as server:
        empty, filtered = [(await post(server)).json() for _ in range(2)]
    assert empty["choices"] == []
    assert filtered["choices"][0]["finish_reason"] == "content_filter"


async def test_a_held_request_times_out_and_holds_nobody_when_the_server_ends() -> None:
    async with llm_server([llm.slowly(60, saying("too late"))]) as server, httpx.AsyncClient() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(f"{server.base_url}/chat/completions", json=REQUEST, headers=KEY, timeout=0.2)
    assert len(server.requests) == 1


class Verdict(BaseModel):
    action: str


async def ask(server: LlmServer, patience: float = 10) -> Verdict | None:
    async with AsyncOpenAI(
        api_key="sk-test", base_url=server.base_url, max_retries=0, timeout=patience
    ) as client:
        completion = await client.chat.completions.parse(
            model="gpt-5.2",
            messages=[{"role": "user", "content": "judge"}],
            response_format=Verdict,
            max_completion_tokens=100,
        )
    return completion.choices[0].message.parsed


async def test_the_real_sdk_parses_its_answers() -> None:
    async with llm_server(scripted(lambda _: {"action": "monitor"})) as server:
        assert await ask(server) == Verdict(action="monitor")
    assert server.requests[0]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (llm.cut('{"action": "mon'), LengthFinishReasonError),
        (llm.failing(503), APIStatusError),
        (llm.without_choices(), IndexError),
        (llm.slowly(60, saying("")), APITimeoutError),
    ],
)
async def test_the_real_sdk_fails_with_it_as_with_the_real_api(reply: Reply, error: type[Exception]) -> None:
    async with llm_server([reply]) as server:
        with pytest.raises(error):
            await ask(server, patience=0.5)
    assert len(server.requests) == 1
