"""Answers that no list should give: over two hundred for each, made from a good one. Plain data."""

import copy
import gzip
import json
from collections.abc import Iterator
from typing import Any

from sandbox.catalogue.server import Page, broken, cut, failing

Json = dict[str, Any]
MARKUP = "<!channel> *b* `c` <https://evil.example|click> &lt;"
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**63, 10**400, 1e308, -0.0, float("nan"), float("inf"), float("-inf")),
    *("", " ", "\x00", "\u202e", "\ud800", "x" * 100_000, MARKUP, "$where", "null", "-5", "1e999", "ü/ß"),
    *([], [None], [[[[]]]], {}, {"$set": {"a.b": 1}}, {"": {"": ""}}, ["text", None, 7], {"id": {"id": 1}}),
)
ODD_IDS = (
    "openai/gpt-4o\n",
    "openai/gpt\r\n-4o",
    "\u202eo4-tpg/ianepo",
    "open\u200bai/gpt-4o",
    "openai/" * 9_000,
)
ODD_TIMES = (4_102_444_800, -5_000_000_000, 1_769_600_000_000, "2026-01-28", 1.5)
"""In a hundred years, before 1900, milliseconds, as a day, a fraction."""
PRICES = (float("nan"), "NaN", "-1", -1, "1e400", "free", "0,5")
GZIPPED = (("Content-Encoding", "gzip"),)
HTML = "<!doctype html><html><body><h1>Just a moment…</h1><script>location='/'</script></body></html>"


def whole(good: Json) -> Iterator[Page]:
    """Bodies, statuses and connections that are wrong as a whole, whatever list they stand for."""
    text = json.dumps(good)
    shares = (0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 0.99, 0.999)
    yield from (cut(good, share) for share in shares)
    yield from (broken(good, share) for share in (0.0, 0.5, 0.99))
    bodies = (
        "",
        " ",
        "\n\n",
        "\x00",
        "null",
        "true",
        "7",
        "-1",
        "1e999",
        "NaN",
        '"text"',
        "[]",
        "{}",
        "[[]]",
    )
    yield from (Page(body=body) for body in bodies)
    odd = (
        "{'data': []}",
        '{"data": undefined}',
        text + text,
        text + ",",
        f"callback({text})",
        "\ufeff" + HTML,
    )
    yield from (Page(body=body) for body in (*odd, "[" * 100_000, '{"a":' * 50_000, "9" * 10_000, "\x1f\x8b"))
    yield from (Page(body=HTML, content_type=kind) for kind in ("text/html", "application/json", "image/png"))
    yield from (
        Page(body=text, encoding=name) for name in ("utf-16", "utf-32", "utf-7", "cp037", "utf-16-be")
    )
    squeezed = [gzip.compress(body.encode()) for body in (text, HTML, "")]
    for squeezed_so in (
        squeezed[0][:-9],
        squeezed[0][: len(squeezed[0]) // 2],
        squeezed[0][:5],
        *squeezed[1:],
    ):
        yield Page(body=squeezed_so.decode("latin-1"), encoding="latin-1", headers=GZIPPED)
    first, *_ = good
    lines = "\n".join(json.dumps({name: part}) for name, part in good.items())
    again = json.dumps({first: []})[:-1] + ", " + text[1:], text[:-1] + ", " + json.dumps({first: {}})[1:]
    yield from (Page(body=body) for body in (lines + "\n" + lines, *again, text + HTML, HTML + text))
    kinds = ("application/json; charset=utf-16", "text/html; charset=nosuch", "application/x-ndjson")
    yield from (Page(body=text, content_type=kind) for kind in kinds)
    yield from (Page(body=text, status=status) for status in (203, 206, 226, 304))
    refusals = ("rate limited", {"code": 429}, None, MARKUP)
    yield from (Page(body=json.dumps({"error": error})) for error in refusals)
    yield from (
        failing(status) for status in (201, 204, 206, 301, 304, 400, 401, 402, 403, 404, 405, 410, 418)
    )
    yield from (failing(status) for status in (408, 425, 429, 451, 500, 501, 502, 503, 504, 520, 529, 599))
    places = ("", "/elsewhere", "http://", "http://127.0.0.1:1/", "file:///etc/passwd", "//", "javascript:0")
    yield from (Page(status=302, headers=(("Location", place),)) for place in places)
    for name, value in (
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "br"),
        ("Retry-After", MARKUP[:9]),
    ):
        yield Page(body=text, status=200 if "Enc" in name else 503, headers=((name, value),))


def changed(good: Json, path: tuple[Any, ...], value: Any) -> Json:
    made = copy.deepcopy(good)
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return made


def at_every_level(good: Json, paths: tuple[tuple[Any, ...], ...]) -> Iterator[Page]:
    """An odd value in the place of a part: of the whole, of an entry, of a field, of what is within."""
    for number, path in enumerate(paths):
        for value in ODD[number % 2 :: 2]:
            yield Page(body=json.dumps(changed(good, path, value), ensure_ascii=True))


def of_openrouter(good: Json) -> Iterator[Page]:
    fields = ("id", "name", "created", "context_length", "pricing", "architecture", "canonical_slug")
    paths = (
        *(("data",), ("data", 1)),
        *(("data", 1, name) for name in fields),
        ("data", 1, "pricing", "prompt"),
    )
    yield from at_every_level(good, paths)
    first, *rest = good["data"]
    yield from map(
        _page,
        (
            {"data": [*rest, first, first]},
            {"data": [first] * 10},
            {"data": [{**first, "id": name} for name in ("", "/", "a", "a/" + "b" * 300, MARKUP)]},
            {"data": [*good["data"], *({**first, "id": f"{MARKUP}/{n}"} for n in range(3))]},
            {"data": {"0": first}},
            {"data": [*good["data"], *({**first, "id": name} for name in ODD_IDS)]},
            {"data": [*good["data"], {**first, "id": first["id"].upper()}]},
            *({"data": [{**first, "created": when}, *rest]} for when in ODD_TIMES),
            *({"data": [{**first, "pricing": {"prompt": odd, "completion": odd}}, *rest]} for odd in PRICES),
            {"data": {entry["id"]: entry for entry in good["data"]}},
            {"data": good["data"], "total_count": len(good["data"]) - 1},
            {"data": good["data"], "total_count": len(good["data"]) + 1},
            {"data": good["data"], "total_count": True},
            {"data": good["data"], "total_count": -1},
            {"data": good["data"], "total_count": 10**30},
            {"data": good["data"], "total_count": "many"},
            {"data": []},
        ),
    )
    elsewhere = ("http://[", "//elsewhere.example/", "x" * 3000, "?" + MARKUP)
    for following in ("?page=2", "", 7, [0], *elsewhere):
        yield _page({**good, "links": {"next": following}})


def of_models_dev(good: Json) -> Iterator[Page]:
    entry = ("openai", "models", "gpt-4o")
    yield from at_every_level(
        good,
        (("openai",), ("openai", "models"), entry, (*entry, "name"), (*entry, "limit"), (*entry, "cost")),
    )
    yield from at_every_level(
        good,
        ((*entry, "modalities"), (*entry, "status"), ("openai", "models", MARKUP), ("openai", "models", "")),
    )
    for name in ODD_IDS:
        yield _page(changed(good, ("openai", "models", name), good["openai"]["models"]["gpt-4o"]))
    for odd in PRICES:
        yield _page(changed(good, (*entry, "cost"), {"input": odd, "output": odd}))
    yield from map(_page, ({"openai": good["openai"]}, {"elsewhere": {"models": {"x": {}}}}, {"openai": {}}))


def of_litellm(good: Json) -> Iterator[Page]:
    fields = ("litellm_provider", "mode", "deprecation_date", "input_cost_per_token", "max_input_tokens")
    yield from at_every_level(good, (("gpt-4",), *(("gpt-4", name) for name in fields), (MARKUP,), ("",)))
    yield from at_every_level(good, (("sample_spec",), ("gpt-4", "supported_output_modalities")))
    yield from (_page({**good, name: good["gpt-4"]}) for name in ODD_IDS)
    yield from (_page(changed(good, ("gpt-4", "input_cost_per_token"), odd)) for odd in PRICES)
    yield from map(_page, ({"gpt-4": good["gpt-4"]}, {"x": {"litellm_provider": "elsewhere"}}, {"x": {}}))


def _page(content: Any) -> Page:
    return Page(body=json.dumps(content))


def answers(source: str, good: Json) -> tuple[Page, ...]:
    """All that differ, for this list."""
    of_its_own = {"openrouter": of_openrouter, "models_dev": of_models_dev, "litellm": of_litellm}[source]
    return tuple(dict.fromkeys((*whole(good), *of_its_own(good))))
