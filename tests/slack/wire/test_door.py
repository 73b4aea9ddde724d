"""HTTP mode's door: whatever isn't signed by Slack causes nothing, and what is signed can be odd."""

import asyncio
import hashlib
import hmac
import io
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest

from bot.slack.connection import LARGEST, MOST_A_SECOND, MOST_AT_ONCE
from sandbox.slack import SlackStandIn
from support.world import ANA, CHANNEL, World, bot_at_work

pytestmark = pytest.mark.parametrize("mode", ["http"])
BODY = urlencode(
    {
        "payload": json.dumps(
            {
                "type": "block_actions",
                "user": {"id": ANA},
                "channel": {"id": CHANNEL},
                "team": {"id": "T0SANDBOX"},
                "trigger_id": "1.2.3",
                "actions": [{"type": "button", "action_id": "approve.P-1", "value": "planted-in-the-body"}],
            }
        )
    }
).encode()
FORM = "application/x-www-form-urlencoded"
NEVER_SEEN = ("planted-in-the-body", "Traceback")


def signature(secret: str, body: bytes, at: str) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()


def headers(secret: str, body: bytes, *, at: str | None = None, kind: str = FORM) -> dict[str, str]:
    at = str(int(time.time())) if at is None else at
    return {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": signature(secret, body, at),
    }


@asynccontextmanager
async def over_http(world: World, slack: SlackStandIn) -> AsyncIterator[str]:
    async with bot_at_work(world, slack):
        assert slack.courier.request_url is not None
        yield slack.courier.request_url


async def status_of(url: str, body: bytes, sent: dict[str, str]) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=sent) as answer:
        return answer.status, await answer.text()


Change = Callable[[dict[str, str]], dict[str, str]]
UNSIGNED: dict[str, tuple[bytes, Change]] = {
    "nothing at all": (b"", lambda _: {}),
    "no signature": (BODY, lambda h: {k: v for k, v in h.items() if k != "X-Slack-Signature"}),
    "no timestamp": (BODY, lambda h: {k: v for k, v in h.items() if k != "X-Slack-Request-Timestamp"}),
    "a timestamp in letters": (BODY, lambda h: h | {"X-Slack-Request-Timestamp": "abc"}),
    "a timestamp with a sign": (BODY, lambda h: h | {"X-Slack-Request-Timestamp": "-1"}),
    "a timestamp in other digits": (BODY, lambda h: h | {"X-Slack-Request-Timestamp": "١٢٣"}),
    "an endless timestamp": (BODY, lambda h: h | {"X-Slack-Request-Timestamp": "9" * 5000}),
    "another's signature": (BODY, lambda h: h | {"X-Slack-Signature": "v0=" + "0" * 64}),
    "a signature of other letters": (BODY, lambda h: h | {"X-Slack-Signature": "v0=" + "é" * 64}),
    "broken JSON": (b'{"planted-in-the-body', lambda _: {"Content-Type": "application/json"}),
    "a charset that nobody knows": (BODY, lambda _: {"Content-Type": "text/plain; charset=klingon"}),
    "bytes that are no text": (b"\xff\xfe\x00planted-in-the-body", lambda _: {"Content-Type": FORM}),
    "a certificate check": (b"ssl_check=1&token=planted-in-the-body", lambda _: {"Content-Type": FORM}),
    "said to be compressed": (BODY, lambda h: h | {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", UNSIGNED)
async def test_what_slack_did_not_sign_causes_nothing(
    world: World, slack: SlackStandIn, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    body, change = UNSIGNED[name]
    async with over_http(world, slack) as url:
        calls, caplog.handler.stream = len(slack.calls), io.StringIO()
        with caplog.at_level(logging.DEBUG, logger="bot"):
            status, said = await status_of(url, body, change(headers("not the secret", body)))
        assert (status, said) == (401, "") or (status == 400 and not said.count("Error handling"))
        assert len(slack.calls) == calls, "nobody was asked or told"
        assert not [word for word in NEVER_SEEN if word in caplog.text + said]
    assert await world.journal() == []


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
async def test_an_old_or_future_request_is_refused_though_it_is_signed(
    world: World, slack: SlackStandIn, minutes: int
) -> None:
    async with over_http(world, slack) as url:
        at = str(int(time.time()) + minutes * 60)
        assert (await status_of(url, BODY, headers(slack.signing_secret, BODY, at=at)))[0] == 401


@pytest.mark.parametrize("signed", [True, False])
async def test_a_huge_body_is_not_read(world: World, slack: SlackStandIn, signed: bool) -> None:
    body = b"payload=" + b"x" * LARGEST
    secret = slack.signing_secret if signed else "another"

    async def in_pieces() -> AsyncIterator[bytes]:
        yield body

    async with over_http(world, slack) as url, aiohttp.ClientSession() as session:
        for data in (body, in_pieces()):  # of a length that is said, and that isn't
            async with session.post(url, data=data, headers=headers(secret, body)) as answer:
                assert answer.status == 413


SIGNED = {
    "broken JSON": (b'{"type": ', "application/json"),
    "a list": (b"[1, 2]", "application/json"),
    "a number": (b"7", "application/json"),
    "a payload that is no JSON": (b"payload=%7Boops", FORM),
    "a payload that is a list": (b"payload=%5B1%5D", FORM),
    "no UTF-8": (b"text=\xff\xfe", FORM),
    "a deep nest": (b'{"a":' * 100_000, "application/json"),
    "a team that is a text": (b'{"team": "T0", "type": "block_actions"}', "application/json"),
}


@pytest.mark.parametrize("name", SIGNED)
async def test_what_slack_signed_and_nobody_understands_is_no_error_of_ours(
    world: World, slack: SlackStandIn, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    body, kind = SIGNED[name]
    async with over_http(world, slack) as url:
        calls = len(slack.calls)
        status, _ = await status_of(url, body, headers(slack.signing_secret, body, kind=kind))
        assert status in {200, 400, 404}
        assert len(slack.calls) == calls
        assert "Traceback" not in caplog.text


async def test_slack_may_check_the_url_and_is_heard_afterwards(world: World, slack: SlackStandIn) -> None:
    body = b'{"type": "url_verification", "challenge": "abc123", "token": "x"}'
    async with over_http(world, slack) as url:
        sent = headers(slack.signing_secret, body, kind="application/json")
        status, said = await status_of(url, body, sent)
        assert status == 200
        assert "abc123" in said
        assert (await slack.person(ANA).command("/operator", "status", CHANNEL)).acked
        await slack.until(lambda: slack.ephemerals(ANA))


async def test_one_request_that_is_sent_again_and_again_is_turned_away_and_what_comes_later_is_heard(
    world: World, slack: SlackStandIn
) -> None:
    body = b'{"type": "url_verification", "challenge": "abc123", "token": "x"}'
    async with over_http(world, slack) as url, aiohttp.ClientSession() as session:
        sent = headers(slack.signing_secret, body, kind="application/json")

        async def status() -> int:
            async with session.post(url, data=body, headers=sent) as answer:
                return answer.status

        began = time.monotonic()
        answers = [one for _ in range(5) for one in await asyncio.gather(*(status() for _ in range(100)))]
        seconds = 1 + int(time.monotonic() - began)
        assert answers.count(200) <= MOST_A_SECOND * seconds
        assert set(answers) <= {200, 429}
        await asyncio.sleep(1.1)
        assert await status() == 200
        unsigned = headers("not the secret", body, kind="application/json")
        for _ in range(MOST_A_SECOND):
            assert (await status_of(url, body, unsigned))[0] == 401
        assert await status() == 200, "who can't sign keeps nobody out"


WAITED_FOR: dict[str, Change] = {
    "no header of Slack's": lambda _: {"Content-Type": FORM},
    "no signature": lambda h: {k: v for k, v in h.items() if k != "X-Slack-Signature"},
    "no timestamp": lambda h: {k: v for k, v in h.items() if k != "X-Slack-Request-Timestamp"},
    "a timestamp in letters": lambda h: h | {"X-Slack-Request-Timestamp": "abc"},
    "a timestamp of last week": lambda h: h | {"X-Slack-Request-Timestamp": str(int(time.time()) - 604_800)},
    "a short signature": lambda h: h | {"X-Slack-Signature": "v0=abc"},
    "a signature of another version": lambda h: h | {"X-Slack-Signature": "v1=" + "0" * 64},
    "said to be compressed": lambda h: h | {"Content-Encoding": "gzip"},
}


async def test_who_can_t_be_slack_and_never_sends_the_bytes_takes_no_place_from_it(
    world: World, slack: SlackStandIn
) -> None:
    """One bot meets them one after the other: what it has cut off is waited for when it ends."""
    body = b'{"type": "url_verification", "challenge": "abc123", "token": "x"}'
    async with over_http(world, slack) as url:
        for name, change in WAITED_FOR.items():
            sent = change(headers("not the secret", body)) | {"Host": "x", "Content-Length": "100"}
            async with many_that_send(url, sent) as heard:
                assert heard == {b"401"}, f"{name}: before the bytes came"
                signed = headers(slack.signing_secret, body, kind="application/json")
                assert (await status_of(url, body, signed))[0] == 200, name


@asynccontextmanager
async def many_that_send(url: str, sent: dict[str, str]) -> AsyncIterator[set[bytes]]:
    """As many as there are places send these headers and no bytes, and stay; the statuses that they hear."""
    at = urlsplit(url)
    lines = [f"POST {at.path} HTTP/1.1", *(f"{key}: {value}" for key, value in sent.items()), "", ""]
    opened = [await asyncio.open_connection(at.hostname, at.port) for _ in range(MOST_AT_ONCE)]
    try:
        for _, writer in opened:
            writer.write("\r\n".join(lines).encode())
        firsts = await asyncio.gather(*(asyncio.wait_for(one.readline(), 3) for one, _ in opened))
        yield {first.split()[1] for first in firsts}
    finally:
        for _, writer in opened:
            writer.close()
