"""Keys, tokens and passwords in text from outside: their formats, and how they are taken out. Pure."""

import re


def _prefixed(prefixes: str) -> str:
    """A prefix, words that tell which sort of key it is, and 16 characters at least."""
    return rf"\b(?:{prefixes})[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{{16}}"


KEY_FORMATS: tuple[tuple[str, str], ...] = (
    # Private keys, whoever made them: to the end of the block or, where that was cut off, of the text.
    (
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    ),
    (r"(?:sk|rk|pk)-[A-Za-z0-9_*-]{6,}+", _prefixed("sk|pk|rk")),  # OpenAI, Anthropic, OpenRouter, DeepSeek
    # Stripe's way, with the environment after the prefix; reported by the entry above.
    (r"(?:sk|rk|pk)_(?:live|test|proj)_\w{6,}+", ""),
    (r"gsk_\w{8,}+", _prefixed("gsk")),  # Groq
    # Fireworks, Hugging Face, Replicate, xAI, Perplexity, Cerebras.
    (r"(?:fw|fpk|hf|r8|xai|pplx|csk|sk)[-_][A-Za-z0-9]{12,}+", _prefixed("fw|hf|r8|xai|pplx|csk")),
    (r"(?:nvapi|tvly|tgp_v1)[-_][A-Za-z0-9_-]{12,}+", _prefixed("nvapi|tgp_v1")),  # NVIDIA, Tavily, Together
    (r"glpat[-_][A-Za-z0-9_-]{12,}+", r"\bglpat-[A-Za-z0-9_-]{20}"),  # GitLab
    (r"github_pat_\w{16,}+", r"\bgithub_pat_\w{22}"),  # GitHub
    (r"gh[opsur]_[A-Za-z0-9]{16,}+", r"\bgh[oprsu]_[A-Za-z0-9]{36}"),
    (r"(?:AKIA|ASIA)[A-Z0-9]{12,}+", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),  # AWS
    (r"AIza[A-Za-z0-9_-]{16,}+", r"\bAIza[A-Za-z0-9_-]{35}"),  # Google
    (r"ya29\.[A-Za-z0-9_-]{10,}+", r"\bya29\.[A-Za-z0-9_-]{20}"),  # Google, short-lived
    (r"xox[a-z]-[A-Za-z0-9-]{8,}+", r"\bxox[abeprs]-[A-Za-z0-9-]{10}"),  # Slack
    (r"xapp-[A-Za-z0-9-]{8,}+", r"\bxapp-[A-Za-z0-9-]{10}"),
    # A signed token (JWT), whoever signed it.
    (
        r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{2,}+(?:\.[A-Za-z0-9_-]*+)?",
        r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.",
    ),
    ("", r"\bBearer\s+[A-Za-z0-9._~+/-]{20}"),  # masked by `_BEARER`, which leaves the word
    (
        "",
        r"://[^/\s:@]+:[^/\s:@]+@",
    ),  # user and password in a URI; masked by `_IN_URI`, which leaves the rest
)
"""How the keys of one maker look, as two patterns; either may be empty: masked, and reported.

A word masked too many costs nothing, so the first is loose. The second wakes somebody, so it takes a whole
key: one that the provider starred out (`sk-…abcd`) is none. It must suit MongoDB's `$regexMatch`.
"""
REPORTED = "|".join(reported for _, reported in KEY_FORMATS if reported)
"""Whole keys, as one pattern for MongoDB."""

_MASKED = "|".join(masked for masked, _ in KEY_FORMATS if masked)
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
_BEGINNINGS = (
    *("-----b", "k-", "k_", "fw", "hf", "r8", "xai", "pplx", "nvapi", "tvly", "glpat", "tgp_v1"),
    *("github_pat", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "akia", "asia", "aiza", "ya29", "xox"),
    *("xapp", "eyj", "://"),
)
_SECRETS = (
    (_KEY, "<key>", _BEGINNINGS),
    (_BEARER, r"\1 <key>", ("bearer", "basic")),
    (_ASSIGNED, r"\1<key>", ("key", "secret", "passw", "pwd", "authorization", "token")),
    (_TOKEN, r"\1<key>", ("token",)),
    (_IN_QUERY, r"\1<key>", ("?", "&")),
)
"""What to look for, what to show instead, and parts of which one must stand there to be worth a search."""


def without_secrets(text: str) -> str:
    """Keys, tokens and passwords out; nothing else changes."""
    folded = text.casefold()
    for secret, shown, hints in _SECRETS:
        if any(map(folded.__contains__, hints)):
            text = secret.sub(shown, text)
    return text
