"""Keys, tokens and passwords in text from outside: their formats, and how they are taken out. Pure."""

import re
from typing import NamedTuple


class KeyFormat(NamedTuple):
    """How the keys of one maker look, as two patterns; either may be empty.

    A word masked too many costs nothing, so `masked` is loose. `reported` wakes somebody, so it takes a whole
    key: one that the provider starred out (`sk-…abcd`) is none. It must suit MongoDB's `$regexMatch`.
    """

    masked: str
    reported: str


def _prefixed(prefixes: str) -> str:
    """A prefix, words that tell which sort of key it is, and 16 characters at least."""
    return rf"\b(?:{prefixes})[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{{16}}"


KEY_FORMATS = (
    # Private keys, whoever made them: to the end of the block or, where that was cut off, of the text.
    KeyFormat(
        masked=r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)",
        reported=r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    ),
    # OpenAI, Anthropic, OpenRouter, DeepSeek.
    KeyFormat(masked=r"(?:sk|rk|pk)-[A-Za-z0-9_*-]{6,}+", reported=_prefixed("sk|pk|rk")),
    # Stripe's way, with the environment after the prefix; reported by the entry above.
    KeyFormat(masked=r"(?:sk|rk|pk)_(?:live|test|proj)_\w{6,}+", reported=""),
    # Groq.
    KeyFormat(masked=r"gsk_\w{8,}+", reported=_prefixed("gsk")),
    # Fireworks, Hugging Face, Replicate, xAI, Perplexity, Cerebras.
    KeyFormat(
        masked=r"(?:fw|fpk|hf|r8|xai|pplx|csk|sk)[-_][A-Za-z0-9]{12,}+",
        reported=_prefixed("fw|hf|r8|xai|pplx|csk"),
    ),
    # NVIDIA, Together; Tavily and GitLab, whose keys begin the same way.
    KeyFormat(
        masked=r"(?:nvapi|tvly|glpat|tgp_v1)[-_][A-Za-z0-9_-]{12,}+",
        reported=rf"{_prefixed('nvapi|tgp_v1')}|\bglpat-[A-Za-z0-9_-]{{20}}",
    ),
    # GitHub.
    KeyFormat(
        masked=r"github_pat_\w{16,}+|gh[opsur]_[A-Za-z0-9]{16,}+",
        reported=r"\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_\w{22})",
    ),
    # AWS.
    KeyFormat(masked=r"(?:AKIA|ASIA)[A-Z0-9]{12,}+", reported=r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    # Google.
    KeyFormat(masked=r"AIza[A-Za-z0-9_-]{16,}+", reported=r"\bAIza[A-Za-z0-9_-]{35}"),
    # Google, short-lived.
    KeyFormat(masked=r"ya29\.[A-Za-z0-9_-]{10,}+", reported=r"\bya29\.[A-Za-z0-9_-]{20}"),
    # Slack.
    KeyFormat(
        masked=r"xox[a-z]-[A-Za-z0-9-]{8,}+|xapp-[A-Za-z0-9-]{8,}+",
        reported=r"\b(?:xox[abeprs]|xapp)-[A-Za-z0-9-]{10}",
    ),
    # A signed token (JWT), whoever signed it.
    KeyFormat(
        masked=r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{2,}+(?:\.[A-Za-z0-9_-]*+)?",
        reported=r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.",
    ),
    # Whatever is sent as a bearer token; masked by `_BEARER`, which leaves the word.
    KeyFormat(masked="", reported=r"\bBearer\s+[A-Za-z0-9._~+/-]{20}"),
    # User and password in a URI; masked by `_IN_URI`, which leaves what is around them.
    KeyFormat(masked="", reported=r"://[^/\s:@]+:[^/\s:@]+@"),
)
REPORTED = "|".join(key.reported for key in KEY_FORMATS if key.reported)
"""Whole keys, as one pattern for MongoDB."""

_MASKED = "|".join(key.masked for key in KEY_FORMATS if key.masked)
_IN_URI = r"(?<=://)[^/\s:@]{0,100}:[^/\s@]{1,200}(?=@)"  # credentials
_KEY = re.compile(rf"(?<![A-Za-z0-9])(?:{_MASKED})|{_IN_URI}", re.DOTALL)
_WORDS_NOT_VALUES = (
    r"(?! (?:invalid|missing|required|provided|null|none|true|false|not|expired|revoked|incorrect|wrong"
    r"|your|must|is|was|and|or|the|has|cannot|blocked|disabled|empty|undefined) (?:[\s\"',;:.!?)}\]]|$) )"
)
_ASSIGNED = re.compile(
    rf"""(?ix)
    ( (?: (?:api|access|private|secret|subscription|account)[_ -]?key(?:[_ -]?id)? | apikey
        | secret(?:[_-]\w{{1,30}})? | passw(?:or)?d | pwd | authorization
        | (?:auth|access|refresh|session|id|bearer|security)[_ -]?token )
      \\*["']? (?: \s+provided )? \s{{0,3}} [:=]\s{{0,3}} \\*["']? (?:(?:Bearer|Basic|Token)\s+)? )
    {_WORDS_NOT_VALUES} ( <key> | [^\s"',;}}\])<\\]{{3,}}+ (?<![.:]) | [^\s"',;}}\])<\\]{{3,}} (?=[.:]) )
    """
)
_TOKEN = re.compile(
    r"(?i)(\b[\w-]{0,40}token[\"']?\s?[:=]\s?[\"']?)(?=[\w.-]{0,60}\d)(?!\d+\b)[\w.~+/=-]{8,}+"
)
_IN_QUERY = re.compile(r"(?i)([?&](?:\w{0,20}key|sig|signature|token|code|x-amz-[\w-]{1,40})=)[^\s&\"'<>]+")
_BEARER = re.compile(r"(?i)\b(Bearer|Basic)\s+(?=[\w.~+/=-]{20}|[\w.~+/=-]{0,20}\d)[\w.~+/=-]{8,}+")
_SECRETS = (
    (_KEY, "<key>", ()),
    (_BEARER, r"\1 <key>", ("bearer", "basic")),
    (_ASSIGNED, r"\1<key>", ("key", "secret", "passw", "pwd", "authorization", "token")),
    (_TOKEN, r"\1<key>", ("token",)),
    (_IN_QUERY, r"\1<key>", ("?", "&")),
)
"""What to look for, what to show instead, and words of which one must stand there to be worth a search."""


def without_secrets(text: str) -> str:
    """Keys, tokens and passwords out; nothing else changes."""
    folded = text.casefold()
    for secret, shown, hints in _SECRETS:
        if not hints or any(hint in folded for hint in hints):
            text = secret.sub(shown, text)
    return text
