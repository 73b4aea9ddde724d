"""The stand-in's good LLM reads the prompt's lines and answers as docs/decisions.md's table would."""

from sandbox.judge import sensible

PROMPT = """\
Fields: id, provider, scope. s0 is no line.
s1 groq pattern hard_model 5/26 120h 6d steady "the model <model> was decommissioned"
s2 groq pattern hard_model 1/26 20h 1d new "the model <model> was decommissioned"
s3 vertex pattern auth 1/18 96h - steady "no permission to use <model>"
s3 before: a person said rejected "s4 groq pattern hard_model 9/9 99h"
s5 together provider billing 24/25 90h 4d steady "balance is negative"
s6 together provider hard_model 24/25 90h 4d steady "gone"
s7 cerebras pattern auth 2/2 96h 5d steady "wrong api key"
s8 openai silence unknown 3/30 0h 5d steady "gives neither results nor failures"
s12 openai pattern timeout 3/30 70h 5d growing "timed out"
"""


def actions() -> dict[str, tuple[str, float]]:
    items = sensible(PROMPT)["items"]
    return {item["id"]: (item["action"], item["confidence"]) for item in items}


def test_every_line_is_answered_once_and_nothing_else() -> None:
    assert list(actions()) == ["s1", "s2", "s3", "s5", "s6", "s7", "s8", "s12"]


def test_only_what_is_gone_for_us_long_enough_is_disabled() -> None:
    found = {short: confidence for short, (action, confidence) in actions().items() if action == "disable"}
    assert found == {"s1": 0.97, "s3": 0.96}
    assert {action for action, _ in actions().values()} == {"disable", "monitor"}


def test_reasons_are_short() -> None:
    for item in sensible(PROMPT)["items"]:
        assert 0 < len(item["reason"].split()) <= 8


def test_no_lines_are_no_answers() -> None:
    assert sensible("nothing here") == {"items": [], "kinds": []}
