"""At a limit a message or a view is taken; one above, it is refused with a reason that says where."""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.slack.validation.validate import check_message, check_view
from sandbox.slack.values import Refused

Json = dict[str, Any]
TOTAL = 10_000


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def button(**changes: object) -> Json:
    return {"type": "button", "action_id": "a", "text": plain(5)} | changes


def with_element(element: Json) -> list[Json]:
    return [{"type": "actions", "elements": [element]}]


def options(count: int, **changes: object) -> list[Json]:
    return [{"text": plain(3), "value": str(number)} | changes for number in range(count)]


def buttons(count: int) -> list[Json]:
    return [button(action_id=f"a{number}") for number in range(count)]


def menu(kind: str, count: int, **changes: object) -> list[Json]:
    return with_element({"type": kind, "action_id": "a", "options": options(count)} | changes)


LIMITS: dict[str, tuple[Callable[[int], list[Json]], int]] = {
    "blocks": (lambda n: [{"type": "divider"}] * n, 50),
    "section text": (lambda n: [{"type": "section", "text": mrkdwn(n)}], 3000),
    "field": (lambda n: [{"type": "section", "fields": [mrkdwn(n)]}], 2000),
    "fields": (lambda n: [{"type": "section", "fields": [mrkdwn(1)] * n}], 10),
    "header": (lambda n: [{"type": "header", "text": plain(n)}], 150),
    "context elements": (lambda n: [{"type": "context", "elements": [mrkdwn(1)] * n}], 10),
    "actions": (lambda n: [{"type": "actions", "elements": buttons(n)}], 25),
    "overflow options": (lambda n: menu("overflow", n), 5),
    "button text": (lambda n: with_element(button(text=plain(n))), 75),
    "button value": (lambda n: with_element(button(value="x" * n)), 2000),
    "action id": (lambda n: with_element(button(action_id="x" * n)), 255),
    "block id": (lambda n: [{"type": "divider", "block_id": "x" * n}], 255),
    "option text": (lambda n: menu("overflow", 1, options=options(1, text=plain(n))), 75),
    "option value": (lambda n: menu("overflow", 1, options=options(1, value="x" * n)), 150),
    "option description": (lambda n: menu("overflow", 1, options=options(1, description=plain(n))), 75),
    "checkboxes": (lambda n: menu("checkboxes", n), 10),
    "radio buttons": (lambda n: menu("radio_buttons", n), 10),
}

PICTURE = {"type": "image", "image_url": "https://x.y/z", "alt_text": "x"}
INPUT = {
    "type": "input",
    "label": plain(3),
    "element": {"type": "plain_text_input", "action_id": "note"},
}


def modal(**changes: object) -> Json:
    view = {"type": "modal", "title": plain(5), "submit": plain(5), "close": plain(5), "blocks": [INPUT]}
    return view | changes


VIEW_LIMITS: dict[str, tuple[Callable[[int], Json], int]] = {
    "blocks": (lambda n: modal(blocks=[{"type": "divider"}] * n), 100),
    "title": (lambda n: modal(title=plain(n)), 24),
    "submit": (lambda n: modal(submit=plain(n)), 24),
    "close": (lambda n: modal(close=plain(n)), 24),
    "private metadata": (lambda n: modal(private_metadata="x" * n), 3000),
    "callback id": (lambda n: modal(callback_id="x" * n), 255),
}

WRONG = {
    "no block": [],
    "unknown block": [{"type": "marquee"}],
    "unknown element": with_element({"type": "lever", "action_id": "a"}),
    "unknown key": [{"type": "divider", "colour": "red"}],
    "unknown key of an element": with_element(button(colour="red")),
    "button that asks once more": with_element(
        button(confirm={"title": plain(5), "text": mrkdwn(5), "confirm": plain(3), "deny": plain(3)})
    ),
    "button that leads elsewhere": with_element(button(url="https://x.y/z")),
    "input in a message": [INPUT],
    "mrkdwn header": [{"type": "header", "text": mrkdwn(3)}],
    "mrkdwn button": with_element(button(text=mrkdwn(3))),
    "empty text": [{"type": "section", "text": mrkdwn(0)}],
    "blank text": [{"type": "section", "text": {"type": "mrkdwn", "text": "  \n"}}],
    "section without text": [{"type": "section"}],
    "action id twice": [{"type": "actions", "elements": [button(), button()]}],
    "block id twice": [{"type": "divider", "block_id": "d"}] * 2,
    "option value twice": menu("overflow", 2, options=options(1) * 2),
    "initial option that is none": menu("checkboxes", 2, initial_options=[{"text": plain(1), "value": "z"}]),
    "two hundred characters too many": [{"type": "section", "text": mrkdwn(2040)} for _ in range(5)],
    "text input among buttons": with_element({"type": "plain_text_input", "action_id": "a"}),
    "picture among small words": [{"type": "context", "elements": [PICTURE]}],
    "action id twice in different blocks": [*with_element(button()), *with_element(button())],
}


def reasons_of(blocks: object) -> list[str]:
    """Why a message with these blocks is refused; none when it is taken."""
    try:
        check_message("fallback", blocks, TOTAL)
    except Refused as refused:
        return [refused.error, *refused.messages]
    return []


@pytest.mark.parametrize("name", LIMITS)
def test_a_message_may_go_to_the_limit_and_no_further(name: str) -> None:
    make, limit = LIMITS[name]
    assert reasons_of(make(limit)) == []
    error, *reasons = reasons_of(make(limit + 1))
    assert error == "invalid_blocks"
    assert all("json-pointer:/blocks" in reason for reason in reasons)


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_a_view_may_go_to_the_limit_and_no_further(name: str) -> None:
    make, limit = VIEW_LIMITS[name]
    check_view(make(limit), "modal")
    with pytest.raises(Refused) as refused:
        check_view(make(limit + 1), "modal")
    assert "json-pointer:/view" in refused.value.messages[0]


@pytest.mark.parametrize("name", WRONG)
def test_what_slack_would_refuse_or_show_badly_is_refused(name: str) -> None:
    assert reasons_of(WRONG[name])


@pytest.mark.parametrize(
    "text",
    [
        "*12* models & more",
        "a < b",
        "a > b",
        "<!channel> look",
        "<!here|here>",
        "<!everyone>",
        "<script>",
        "<@ana>",
        "<!date^123^{time}>",
        "<javascript:alert(1)|click>",
        "&nbsp;",
    ],
)
def test_markup_that_nobody_meant_is_refused_in_blocks_and_in_fallback_text(text: str) -> None:
    assert reasons_of([{"type": "section", "text": {"type": "mrkdwn", "text": text}}])
    with pytest.raises(Refused):
        check_message(text, None, TOTAL)


@pytest.mark.parametrize(
    "text",
    [
        "a &lt; b &amp; c &gt; d",
        "> quoted\n> twice",
        "<@U0ANA> in <#C0OPS|llm-ops>",
        "<!subteam^S0OPS>",
        "<https://example.org/?a=1&b=2|the page>",
        "<!date^1731916800^{date_short_pretty} {time}|2026-11-18 08:00 UTC>",
    ],
)
def test_constructs_and_escaped_signs_are_taken(text: str) -> None:
    assert reasons_of([{"type": "section", "text": {"type": "mrkdwn", "text": text}}]) == []


def test_plain_text_may_hold_any_sign_but_no_date() -> None:
    def header(text: str) -> list[Json]:
        return [{"type": "header", "text": {"type": "plain_text", "text": text}}]

    assert reasons_of(header("a < b & c > d")) == []
    assert reasons_of(header("at <!date^1731916800^{time}|08:00>"))


def test_a_message_is_never_silent() -> None:
    with pytest.raises(Refused, match="no_text"):
        check_message(" ", [{"type": "divider"}], TOTAL)


def test_the_total_text_of_a_message_is_limited() -> None:
    blocks = [{"type": "section", "text": mrkdwn(2000)} for _ in range(5)]
    assert reasons_of(blocks) == []
    assert reasons_of([*blocks, {"type": "section", "text": mrkdwn(1)}])[0] == "msg_blocks_too_long"


def test_inputs_need_a_submit_button() -> None:
    view = modal()
    view.pop("submit")
    with pytest.raises(Refused) as refused:
        check_view(view, "modal")
    assert "submit is required" in refused.value.messages[0]


NO_USE: list[Json] = [
    PICTURE,
    {"type": "alert", "text": mrkdwn(3), "level": "warning"},
    {"type": "card", "title": plain(3)},
    {"type": "container", "title": plain(3), "child_blocks": [{"type": "divider"}]},
    {"type": "markdown", "text": "x"},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]},
    *menu("static_select", 2),
    *with_element({"type": "datepicker", "action_id": "a"}),
    *with_element({"type": "feedback_buttons", "action_id": "a", "positive_button": {}}),
    *({**INPUT, "element": {"type": kind, "action_id": "a"}} for kind in ("email_text_input", "file_input")),
]


@pytest.mark.parametrize("block", NO_USE, ids=str)
def test_what_the_bot_has_no_use_for_is_refused_wherever_it_stands(block: Json) -> None:
    assert reasons_of([block])[0] == "invalid_blocks"
    for view in (modal(blocks=[block]), {"type": "home", "blocks": [block]}):
        with pytest.raises(Refused) as refused:
            check_view(view, str(view["type"]))
        assert "unsupported type" in refused.value.messages[0]
        assert "json-pointer:/view/blocks/0" in refused.value.messages[0]
