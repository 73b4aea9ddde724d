"""Where masking begins and ends: lengths to the character, and ids too short to be told."""

import pytest

from operator_core.errors import StoreUnavailable
from operator_core.text.masking import (
    COMPARED,
    CONSIDERED,
    PATTERN_LIMIT,
    in_words,
    masked,
    pattern_of,
    redact,
    shortened,
)


def test_the_lengths_are_what_stored_patterns_were_made_with() -> None:
    """Others would make each known failure a new one."""
    assert (CONSIDERED, COMPARED, PATTERN_LIMIT) == (20_000, 3_000, 300)
    assert len(masked("x" * 3_000)) == 3_000
    assert len(masked("x" * 3_001)) == 2_999


def test_a_text_as_long_as_is_looked_at_is_looked_at_whole() -> None:
    text = "head " + "x " * 9_995 + "tail!"
    assert len(text) == 20_000
    assert redact(text, 30_000) == text


@pytest.mark.parametrize("word", ["x ", "abc ", "12 4 "])
def test_of_a_longer_text_three_quarters_are_its_head_and_one_is_its_tail(word: str) -> None:
    text = (word * 20_000)[:20_001].rstrip().ljust(20_001, "!")
    head, tail = redact(text, 30_000).split(" … ")
    assert 15_000 - len(word) <= len(head) <= 15_000
    assert 5_000 - len(word) <= len(tail) <= 5_000
    assert text.startswith(head)
    assert text.endswith(tail)


def test_nothing_is_left_of_the_words_that_are_cut() -> None:
    text = "a " * 7_495 + "B" * 20 + " c" * 10_000 + " " + "D" * 10 + " e" * 2_495
    kept = redact(text, 30_000)
    assert "B" not in kept
    assert "D" not in kept
    assert kept.startswith("a a")
    assert kept.endswith("e e")


@pytest.mark.parametrize("limit", [1, 2, 40, 300])
def test_a_text_within_the_limit_keeps_its_last_letter_and_a_longer_one_says_that_it_goes_on(
    limit: int,
) -> None:
    assert redact("x" * limit, limit) == "x" * limit
    assert redact("x" * (limit + 1), limit) == "x" * (limit - 1) + "…"


def test_unless_somebody_says_otherwise_three_hundred_letters_are_shown() -> None:
    assert redact("y" * 300) == "y" * 300
    assert redact("y" * 301) == "y" * 299 + "…"
    assert shortened("y" * 301) == "y" * 299 + "…"


def test_our_own_errors_speak_for_themselves_and_others_are_called_by_their_type() -> None:
    assert in_words(StoreUnavailable("MongoDB is away")) == "MongoDB is away"
    assert in_words(KeyError("away")) == "KeyError: 'away'"
    assert in_words(ValueError()) == "ValueError:"


def test_a_pattern_is_cut_at_its_limit_and_settles_there() -> None:
    exact, longer = "no " * 99 + "end", "no " * 100 + "more"
    assert pattern_of(exact) == exact
    assert len(exact) == 300
    assert pattern_of(longer) == ("no " * 100).strip()
    # The cut uncovers what is masked, and that is masked once more.
    ragged = "word " * 58 + "it took 25 seconds and more"
    assert pattern_of(pattern_of(ragged)) == pattern_of(ragged)


@pytest.mark.parametrize(
    ("model_id", "text", "shown"),
    [
        ("o1", "the model o1 is gone", "the model <model> is gone"),
        ("o1", "there are co1or and pro1 settings", "there are co1or and pro1 settings"),
        ("yi", "hi-yi is no name, yi is", "hi-yi is no name, <model> is"),
        ("r-1", "r1.5 was never r_1", "r1.5 was never <model>"),
        ("nova", "amazon.nova is gone", "<model> is gone"),
        ("vendor/nova", "amazon/nova is gone", "<model> is gone"),
        ("vendor/yi", "some/yi is gone", "some/yi is gone"),
    ],
)
def test_an_id_of_fewer_than_four_letters_counts_only_where_it_stands_alone(
    model_id: str, text: str, shown: str
) -> None:
    assert masked(text, model_id) == masked(shown)


@pytest.mark.parametrize("model_id", ["/", "???", "模型", "-:"])
def test_an_id_without_a_letter_or_digit_masks_nothing(model_id: str) -> None:
    assert masked("all is lost, and nobody knows why", model_id) == "all is lost, and nobody knows why"


def test_the_last_part_of_an_id_is_its_name_whatever_stands_before() -> None:
    assert masked("some/deep/zephyr is gone", "a/b/zephyr") == "<model> is gone"


@pytest.mark.parametrize(
    "text",
    [
        "model 'a-1' model 'b-2' model 'c-3'",
        "'https://one.example/a' 'https://two.example/b' retry 1 2 3 4 5",
        "at 10:00 10:01 10:02 within 5 s 6 s 7 s",
        "\"'`req_12345678`'\" id: 77 id: 78",
        "req_12345678- went",
        "req_12345678- <n>",
    ],
)
def test_masks_beside_each_other_settle_in_one_call(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
