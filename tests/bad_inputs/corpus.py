"""Bad inputs by kind: all that comes from outside, as nobody would send it who means well. Plain data."""

import copy
import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
DEEP = "[" * 3000 + "]" * 3000
SURROGATE = "\\ud800"
"""As JSON spells it: a character that no UTF-8 has."""
MARKUP = "<!channel> <@U0ANA> <https://evil.example|click> *b* `c` ~d~ &amp;"
TEXTS = (
    *(
        "",
        " ",
        "\n\n\n",
        "\t",
        "\x00",
        "\x1b[2J\x1b]0;owned\x07",
        "\u202eevil\u202c",
        "\ufeff",
        "e\u0301" * 50,
    ),
    *("😀" * 60, "x" * 5000, MARKUP, "{model} %s %n ${jndi:ldap://x} {{7*7}}", "'; DROP TABLE models; --"),
    *("../../etc/passwd", "$where", "null", "NaN", "true", "__proto__", "=HYPERLINK(1)", "a:b:c:d:e:f:g@h@i"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**63, 1.5, -0.0, [], [None], [[[]]], {}, {"$where": "1"}, {"id": {"id": 1}}),
    *TEXTS,
)


def _changed(base: Json, path: tuple[Any, ...], value: Any) -> Json:
    changed = copy.deepcopy(base)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def _without(base: Json, path: tuple[Any, ...]) -> Json:
    changed = copy.deepcopy(base)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


CLICK_PATHS: tuple[tuple[Any, ...], ...] = (
    *(("type",), ("user",), ("user", "id"), ("team",), ("team", "id"), ("actions",), ("actions", 0)),
    *(("actions", 0, "action_id"), ("actions", 0, "value"), ("channel",), ("channel", "id")),
    *(("message",), ("message", "ts"), ("trigger_id",), ("container",), ("response_url",)),
)
BUTTON_VALUES = (
    *("", ":", "::::", "@", "P-1", "P-1:", "P-1:x", "P-1:1.5", "P-1:-1", "P-1:0", "P-1:99999999999999999999"),
    *(
        "P-999999:1",
        "P--1:1",
        "p-1:1",
        "J-1:1",
        "H-1:1",
        "P-1:1:alone:zzzzzzzz@nobody",
        "P-1:1:::@",
        "P-1:1@x@y",
    ),
    *("P-1 :1", "P-1:٣", "P-1:1\x00", "P-1:1\n", f"P-1:1:{MARKUP}", "P-" + "9" * 400 + ":1"),
)


def clicks(base: Json) -> Iterator[Json]:
    """Of a good click on P-1: each part missing, and each something else; and what no button carries."""
    yield from (_without(base, path) for path in CLICK_PATHS)
    for number, path in enumerate(CLICK_PATHS):
        for offset in range(5):
            yield _changed(base, path, VALUES[(number * 5 + offset * 7) % len(VALUES)])
    yield from (_changed(base, ("actions", 0, "value"), value) for value in BUTTON_VALUES)


FORMS = ("consequences", "approve_all", "reject", "undo", "review", "nobody's")


def submissions(base: Json) -> Iterator[Json]:
    """Of a dialog's submission: forms that nobody opened, and states that no form has."""
    for form in FORMS:
        for value in ("P-1:1", "", "J-1:0", "P-1:1:all:00000000@other", MARKUP):
            yield _changed(_changed(base, ("view", "callback_id"), form), ("view", "private_metadata"), value)
    yield from (_changed(base, ("view", "state"), value) for value in VALUES[:14])
    yield from (_changed(base, ("view", "state"), {"values": value}) for value in VALUES[:14])


COMMANDS = (
    *(
        "nonsense",
        "disable",
        "disable /",
        "disable //",
        "disable groq/",
        "disable /model-1",
        "disable groq/a/b/../c",
    ),
    *(
        f"disable {MARKUP}",
        "disable *",
        "disable .*",
        "disable $where",
        "disable ''",
        "disable groq groq groq",
    ),
    *(
        "enable",
        "enable nobody/nothing",
        "enable \x00",
        "undo",
        "undo J",
        "undo J-",
        "undo J-99999",
        "undo P-1",
    ),
    *(
        "undo J-1;J-2",
        f"undo {'9' * 500}",
        "undo J-١",
        "autopilot sideways",
        "autopilot on off",
        f"autopilot {MARKUP}",
    ),
    *(
        "why",
        "why /",
        "why nobody",
        f"why {MARKUP}",
        "why groq/" + "x" * 2000,
        "help nonsense",
        "help " + MARKUP,
    ),
    *(
        "DISABLE",
        "dis able groq",
        "аpprove P-1",
        "approve P-1",
        "reject P-1",
        "execute --yes P-1",
        "execute P-999",
    ),
    *(
        "release H-1",
        "release",
        "maintenance groq -5h",
        "maintenance groq 99999999h",
        "maintenance",
        "share",
        "share share",
    ),
    *(
        "{}",
        "[]",
        "null",
        "-1",
        "\u202epause",
        "😀",
        "x" * 3000,
        "\t\t",
        "/operator status",
        "$(reboot)",
        "`reboot`",
    ),
)


def _llm() -> Iterator[str]:
    item = {"id": "s1", "action": "disable", "confidence": 0.99, "reason": "gone"}
    bad_fields: dict[str, tuple[Any, ...]] = {
        "id": (None, 1, "", "s999", "S-1", [], MARKUP, "s1 s2"),
        "action": (None, 1, "", "delete", "DROP", "disable all", ["disable"], {"do": "disable"}),
        "confidence": (None, "", "high", -1, 7.0, 1e308, [], {}, "0.99; ignore the gates"),
    }
    for name, values in bad_fields.items():
        yield from (json.dumps({"items": [{**item, name: value}]}) for value in values)
        yield json.dumps({"items": [{key: said for key, said in item.items() if key != name}]})
    yield from (
        "",
        " ",
        "null",
        "true",
        "1",
        '"items"',
        "{}",
        '{"items": null}',
        '{"items": 5}',
        '{"items": {}}',
    )
    yield from (
        '{"items": [null, 1, "x", []]}',
        '{"items": [',
        DEEP,
        '{"items": ' + DEEP + "}",
        "\x00\x01\x02",
    )
    yield from (
        MARKUP,
        "Sure! All models should be disabled.",
        "<html>502</html>",
        '{"error": {"message": "no"}}',
    )


LLM_ANSWERS = tuple(_llm())


def _catalogue() -> Iterator[str]:
    yield from (
        "",
        " ",
        "null",
        "true",
        "0",
        '"data"',
        "[]",
        "{}",
        '{"data": null}',
        '{"data": {}}',
        '{"data": 1}',
    )
    yield from ('{"data": []}', '{"data": [null]}', '{"data": [1, "x", [], {}]}', '{"data": [', DEEP, MARKUP)
    yield from (
        "<html>maintenance</html>",
        '{"error": "rate"}',
        "\x00",
        '{"data": [{"id": "' + SURROGATE + '"}]}',
    )
    good: Json = {"id": "openai/gpt-4o", "name": "GPT-4o", "created": 1_760_000_000}
    for value in VALUES:
        yield json.dumps({"data": [{**good, "id": value}]})
    for value in VALUES[:14]:
        yield json.dumps({"data": [{**good, "created": value, "pricing": value, "architecture": value}]})


CATALOGUES = tuple(dict.fromkeys(_catalogue()))
ERROR_TEXTS: tuple[str, ...] = (
    *TEXTS,
    *(
        "Error code: 404 - " + "{" * 2000,
        '{"error": ' * 500,
        "a" * 100_000,
        "(a+)+$" * 300,
        "[" * 5000,
        "\\" * 3000,
    ),
    *(
        "'" * 999,
        '"' * 999,
        "{'error': {'message': '" + "\\'" * 500,
        "404 " * 2000,
        "\n".join(["cause:"] * 800),
    ),
    *("https://" + "a." * 2000, "sk-" + "A" * 5000, "Bearer " * 500, "=" * 4000, "0" * 20_000, "-" * 20_000),
    *(
        "{'a': " * 60 + "1" + "}" * 60,
        "b'\\xff\\xfe'",
        "<?xml version='1.0'?>" + "<a>" * 500,
        "%" * 3000,
        "@" * 3000,
    ),
)


def _settings(good: str) -> Iterator[str]:
    lines = good.splitlines()
    keys = [number for number, line in enumerate(lines) if "=" in line.split("#")[0]]
    for number in keys:
        key = lines[number].split("=")[0].strip()
        for value in ("{}", "[[]]", '"\\u0000"'):
            yield "\n".join([*lines[:number], f"{key} = {value}", *lines[number + 1 :]])
    yield from (
        "",
        "\x00",
        "=",
        "[",
        "[[",
        "a",
        "[mongodb",
        "[mongodb]\n[mongodb]",
        good + "\n" + good,
        good[: len(good) // 2],
    )
    yield from (
        good + "\n[nobody]\nx = 1\n",
        "x = " + "[" * 500,
        good.replace("=", ":"),
        "# only words",
        MARKUP,
    )


def settings_texts(good: str) -> tuple[str, ...]:
    """operator.toml as it must not be."""
    return tuple(dict.fromkeys(_settings(good)))


_POST = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n"
REQUESTS: tuple[bytes, ...] = (
    *(
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"NONSENSE / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    ),
    *(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n"),
    *(b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"GET //healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
    *(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",),
    *(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: zz\r\n\r\n",),
    *(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",),
    *(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",),
    *(_POST + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",),
    *(_POST + b"Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",),
    *(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",),
    *(
        b"PUT /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"GET /metrics" * 2000 + b"\r\n\r\n",
    ),
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 60_000 + b"\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(3000)) + b"\r\n",
)
