"""An error text → why the request failed (its kind) and which cause it shares (its pattern). Pure.

The text decides before the status, because statuses lie: a 429 may be a lack of credit, a retired model comes
as 400 or 404. The rules are general and ordered; the first that fits decides. What the provider itself said
is read before what wrapped it.

The text is not trusted either. The kinds that automation may act on (`blames_model`) stand below the harmless ones that
name a cause, and a first sentence that reports a passing trouble can't be turned into one of them by what follows.
"""

import re
from functools import lru_cache

from operator_core.domain.base import Frozen
from operator_core.domain.kinds import Kind
from operator_core.text.masking import considered, mask, printable, redact
from operator_core.text.provider_message import statement, status_in
from operator_core.text.secrets import without_secrets

READ = 1_500
"""Characters of a statement that decide: a provider says what is wrong at the beginning."""


class Reading(Frozen):
    """What a message says, safe to show."""

    kind: Kind
    pattern: str
    """The message with everything masked that varies: same pattern, same cause."""
    rule: str
    """Which rule decided."""
    sample: str
    """What the provider said, out of its wrappers, redacted and cut to 300 characters."""
    successor: str | None
    """The model id that the message recommends instead, as it stands there."""


def _rule(name: str, kind: Kind, *alternatives: str) -> tuple[str, Kind, re.Pattern[str]]:
    return name, kind, re.compile("|".join(alternatives))


MODEL = r"\b(?:model|deployment|engine|checkpoint)s?\b"
SPENT = r"(?:budget|reasoning|thinking|thoughts|max_(?:completion_|output_)?tokens|\blength\b|output limit|token limit)"
GONE = (
    r"(?:deprecated|retired|removed|sunset|discontinued|decommissioned|shut ?down|turned off|deleted|archived"
    r"|delisted|withdrawn|end[- ]of[- ]life|eol)"
)
RULES: tuple[tuple[str, Kind, re.Pattern[str]], ...] = (
    # About this one generation or a file of the request: says nothing about model, account or provider.
    _rule(
        "one generation",
        Kind.UNKNOWN,
        r"(?:tool_use|json_validate)_failed|failed to (?:validate|generate|parse) (?:the )?json|failed to call a function",
        r"did not call a tool|attempted to call tool|tool call validation failed",
        r"(?:error|timeout) while downloading|cannot fetch content|(?:failed|unable) to download",
        r"ended with finish reason|content[_ ]filter|content management policy|content filtering policy|safety (?:system|filters?)|blocked: safety",
    ),
    # It answered, but our output budget was spent before anything visible.
    _rule(
        "output budget spent",
        Kind.BUDGET_EXHAUSTED,
        r"visible output (?:was )?empty|no visible (?:output|content|text)|(?:token|output) budget (?:was )?exhausted",
        r"could not finish the message because|model output limit|output (?:token )?limit (?:was )?reached",
        r"(?:empty|no) (?:response|content|output|completion|text|answer|message)\b.{0,80}" + SPENT,
        r"(?:response|content|output|completion|text|answer|message) (?:was |is |came back )?empty\b.{0,80}"
        + SPENT,
        r"(?:tokens|budget) (?:were |was )?(?:all )?(?:spent|used|consumed|eaten)(?: up)? (?:on|by|in|for) (?:hidden )?(?:reasoning|thinking|thoughts)",
        r"(?:reasoning|thinking|thoughts) (?:used|consumed|exhausted|ate|spent).{0,40}(?:budget|tokens)",
    ),
    # Rate limits that name a metric or a unit of time, before "quota" is read as money.
    _rule(
        "limit per unit of time",
        Kind.RATE_LIMIT,
        r"(?:tokens|requests|queries|calls|images) per (?:minute|min|day|second|hour)\b|\((?:[tr]p[mds])\)",
        r"quota exceeded for (?:quota )?(?:metric|[\w.]+\.googleapis)|per_minute|per_day_per",
        r"(?:rate|request|token|usage|concurrency)[ _-]?limits? (?:was |has been |is )?(?:reached|exceeded)",
        r"no deployments? available.{0,60}try again in|limited to [\d.]+ .{0,30}(?:/|per) ?(?:minute|min|second|hour|day)",
        r"exceeded .{0,60}(?:rate|request|token)[ -]?limit|rate[ -]limited",
        r"would exceed (?:your|the) .{0,40}rate limit|rate_limit_error",
    ),
    # Money: quota, credit, a suspended account. Whatever the status.
    _rule(
        "no credit",
        Kind.BILLING,
        r"insufficient[_ ](?:quota|credits?|balance|funds)|exceeded your current quota|quota_exceeded_billing",
        r"credit balance|(?:balance|credits?) (?:is |are |was |has been |have been )?(?:too low|negative|exhausted"
        r"|depleted|insufficient|used up|expired|below)|negative balance|not enough (?:credits?|balance|funds)",
        r"check your (?:plan (?:and|&) )?billing|account is not active|credit limit|api usage limits|billing_not_active",
        r"(?:out of|any) (?:funds|credits?)\b|(?:funds|credits?) (?:have |has )?(?:run|ran) out|recharge your|all (?:your |available )*credits",
        r"out of credits?|no (?:remaining )?credits?|purchase (?:more )?credits|add (?:more )?(?:credits|funds)",
        r"never purchased credits|top[- ]?up|payment[_ ](?:required|instrument|method)|invalid_payment|unpaid"
        r"|(?:past|overdue|outstanding|pay) (?:due )?(?:invoices?|payments?|balance)|in arrears|arrearage",
        r"account .{0,60}(?:is |has been |was )?suspended|spend(?:ing)? (?:limit|cap)|billing[_ ](?:hard[_ ])?limit",
        r"(?:requires?|enable) billing|billing (?:to be |is |has |has not been |not )+(?:enabled|disabled|active)"
        r"|billing[_ ](?:not[_ ])?(?:disabled|inactive|enabled)|billing account .{0,40}(?:closed|disabled)",
        r"(?:free )?trial (?:has |is )?(?:expired|ended|over)|subscription (?:has |is )?(?:expired|inactive|ended)",
        r"\b402\b.{0,20}payment",
    ),
    # Our request is wrong for the model: parameters, endpoints, lengths. Before "not supported" means gone.
    _rule(
        "parameter",
        Kind.HARD_CAPABILITY,
        r"unsupported[ _](?:parameter|value|file|argument|content|media)|unknown[ _]parameter",
        r"(?:is|are) (?:not supported|unsupported|not allowed|not available) (?:with|by|for|in|when using) "
        r"(?:this|the|that|your) (?:model|request|endpoint)",
        r"(?<!model )[`'\"]\w[\w.\[\]-]*[`'\"]? (?:is|was|has been|are) (?:deprecated|not supported|unsupported|not permitted"
        r"|not allowed|required)\b(?! model)(?! and is no longer)",
        r"(?:model|deployment)\b.{0,60}\bdo(?:es)?(?: not|n'?t) support(?! inference)",
        r"do(?:es)?(?: not|n'?t) support .{0,80}(?:with this|this|the) model|doesn'?t support counting",
        r"cannot both be specified|not both|mutually exclusive|extra inputs|extraneous key|unrecognized (?:request|key)",
        r"unexpected (?:keyword|field|parameter|property)|missing required (?:parameter|field|argument)",
        r"field required|required key|required property|malformed (?:input|request)|failed to satisfy constraint",
        r"invalid (?:file data|value|type|parameter|schema|'?(?:messages|temperature|max_))|(?<!you )(?<!organization )(?<!account )must (?:not )?be"
        r" (?:one of|at (?:least|most)|less|greater|between|valid|a |an |set|specified|positive|non-)",
        r"(?:only|not) supported in (?:the )?/?v1/|not a chat model|not a completion model|use the /?v1/",
        r"(?:endpoints?|providers?) (?:found )?(?:that )?(?:can handle|supports?) (?:the |tool|image|your|these)",
        r"only works (?:in|with)|(?:is|are) not enabled for (?:models?/|this model)|(?:operation|action) does ?n[o']t (?:work with|support)",
        r"may only be set|must have (?:stream|at least)|must be (?:<|>|=)|should match pattern|input should be|must (?:end|start) with",
        r"not valid under any of|cannot find field|is not specified|invalid (?:json payload|argument)|empty text",
        r"(?:property|parameter|field|argument|value) (?:is )?(?:unsupported|not supported)|supported for .{0,40}(?:completions|/v1/)",
        r"ids? (?:was|were) found without|is infeasible|no tool call found|tool_?(?:result|use)s? blocks?|the model returned the following errors",
        r"property .{0,80} is unsupported|roles must alternate|only the default .{0,20}value is supported",
        r"multi-?modal|image (?:input|inputs|url).{0,30}(?:not|un)supported|system (?:prompt|role|message).{0,30}not",
    ),
    _rule(
        "on-demand or inference profile",
        Kind.HARD_CAPABILITY,
        r"on-demand throughput|inference profile|provisioned throughput",
    ),
    _rule(
        "too long",
        Kind.HARD_CAPABILITY,
        r"context[_ ]?(?:window|length|limit)|maximum (?:allowed )?(?:number of )?(?:output |input )?tokens|max_tokens (?:is|are) too|entity too large|maximum context|prompt is too long|(?:input|prompt|request) (?:is |are )?too"
        r" (?:long|large)|too many (?:input|total) tokens|reduce the length|string too long|exceeds? the (?:maximum|"
        r"model'?s?|limit|allowed|max)|contextwindow|input token count|max_tokens.{0,40}(?:exceed|greater|larger)",
    ),
    # The provider no longer serves this model to us.
    _rule(
        "gone",
        Kind.HARD_MODEL,
        rf"{MODEL}.{{0,160}}\b(?:is|are|was|has|have|been|being)\b.{{0,30}}\b{GONE}",
        rf"\b{GONE} {MODEL}|marked .{{0,20}}as legacy|reached (?:the |its )?end of (?:its )?life|end[- ]of[- ]life",
        r"model_(?:decommissioned|not_found|not_available|deprecated|retired|terminated|unavailable|invalid)",
        rf"{MODEL}.{{0,160}}\b(?:is |are |has |was )?no longer\b|no longer (?:serverless|available|supported|served"
        r"|offered|hosted|accessible|maintained)",
        r"has been (?:replaced by|renamed|superseded|migrated)|was renamed",
    ),
    _rule(
        "not served",
        Kind.HARD_MODEL,
        rf"{MODEL}.{{0,200}}(?:do(?:es)?(?: not|n'?t) exist|not found|not deployed|not be found|is not available"
        r"|isn'?t available|not currently available|is unavailable(?! due)|not accessible|is unknown|not recognized)",
        rf"(?:unknown|invalid|no such|unrecognized|unsupported|nonexistent) {MODEL}",
        rf"not (?:a )?(?:valid|known|supported|recognized) {MODEL}|{MODEL} (?:name|id|identifier)?.{{0,80}}(?:is|was)"
        r" (?:invalid|not valid|not supported|unsupported)|could not (?:find|resolve|locate) (?:the )?.{0,20}model",
        r"non-serverless|not (?:available |served )?(?:as |for |on |in )?serverless|dedicated endpoint|not deployed",
        r"no (?:deployments?|endpoints?|instances?|replicas?) (?:are )?(?:available|found|running|healthy for)",
        r"not_found_error.{0,40}model:|model: \S+ *['\"]?,? *['\"]?(?:type['\"]?: ?['\"]not_found|$)|^model: \S+$",
        r"inaccessible|resourcenotfoundexception|deploymentnotfound|no model (?:named|with)|cannot find model",
    ),
    # We are not let in: key, permission, agreement.
    _rule(
        "not let in",
        Kind.AUTH,
        r"(?:invalid|incorrect|wrong|bad|missing|expired|revoked|unknown|disabled|no) (?:x-)?api[-_ ]?key",
        r"(?:invalid|incorrect|wrong|expired|missing) (?:auth\w*|access|bearer|security|session)?[ _-]?(?:token|credential)",
        r"api[-_ ]?key .{0,60}(?:not valid|invalid|expired|revoked|disabled|missing|not found|required|provided)",
        r"(?:organization|account|identity) must be verified|must be a member|must be logged in|accept the terms|terms acceptance",
        r"invalid_grant|default credentials|blocked at the (?:project|organization) level|(?:not|without) allowed to access|no such organization",
        r"(?:key|token|account|organization) (?:is |has been |was )(?:blocked|disabled|revoked|deactivated|invalidated)|missing scopes",
        r"(?:country|region|territory|location) (?:is )?not supported|unregistered callers|restricted; request access|(?:is|has been) restricted",
        r"(?:has not been used in project|service_disabled)|signature (?:expired|does ?n[o']t match|.{0,20}does not match)|gated",
        r"invalid x-api-key|(?:invalid|wrong|incorrect|missing)_api_key|authentication|unauthenticated|unauthorized",
        r"forbidden|permission|access ?denied|access is denied|not authorized|unrecognizedclient|not entitled",
        r"(?:do(?:es)? not|don'?t) have (?:access|permission|an agreement)|no access to|not have access",
        r"(?:token|credentials?|signature|key).{0,60}(?:expired|is invalid|not valid|could not be (?:found|loaded))",
        r"(?:unable to locate|could not load|no valid|missing) .{0,30}credentials|use case details|access form"
        r"|gated (?:model|repo)|accept the (?:license|terms)|not allowed to (?:use|access|sample)|reauthenticat",
    ),
    # The provider is in trouble. "Upstream connect error" is its own network, not ours.
    _rule(
        "busy",
        Kind.RATE_LIMIT,
        r"model (?:is )?(?:currently )?busy|engine_overloaded|slow down|too many (?:concurrent )?(?:requests|tokens)",
        r"throttl|rate[ _-]?limit|resource_?exhausted|resource has been exhausted|(?:rate|frequency) is too high|quota|too many(?! connections)|requests? limit|concurrency|toomanyrequests",
        r"\b(?:tpm|rpm|tpd|rpd)\b|limit exceeded",
    ),
    _rule(
        "upstream",
        Kind.TRANSIENT_PROVIDER,
        r"upstream (?:connect|request|error|timeout|service)|no healthy upstream|reset before headers|bad gateway",
        r"gateway time-?out|\b50[0234] |\b5[02][0-9]\b: |cf_bad_gateway|web server is|cloudflare",
    ),
    # No answer at all.
    _rule(
        "no answer in time",
        Kind.TIMEOUT,
        r"time[d]?[ -]?out|timeout|deadline[_ ]?exceeded|etimedout|took too long|time limit|no (?:response|answer) (?:within|after|in) ",
    ),
    _rule(
        "no connection",
        Kind.NETWORK,
        r"connection ?(?:error|refused|reset|aborted|failed|closed|lost|broken|was|terminated)|connecterror|connect error",
        r"econn|enotfound|eai_again|ehostunreach|epipe|err_(?:network|connection|bad_request)|fetch failed",
        r"name ?resolution|name or service not known|getaddrinfo|nodename|dns|resolve host|max retries exceeded|newconnectionerror",
        r"(?:failed|unable|could not|cannot|can't|couldn't) (?:to )?(?:establish|connect|fetch|reach|open)",
        r"ssl|tls|certificate|network (?:is |connection )?(?:error|unreachable|lost)|no route to host|host unreachable|proxyerror",
        r"no such host|all connection attempts|connection pool|payload is not completed|not enough data|other side closed|not cleanly closed",
        r"peer closed|incomplete (?:chunked )?read|server disconnected|remote ?(?:end|protocol)|socket hang ?up",
        r"broken pipe|eof occurred|unexpected eof|premature(?:ly)? (?:close|end)|readerror|stream (?:was )?(?:closed|reset)",
    ),
    _rule(
        "server error",
        Kind.TRANSIENT_PROVIDER,
        r"overload|over ?capacity|at capacity|insufficient capacity|internal[ _]?(?:server)?[ _]?(?:error|exception)",
        r"server[_ ]error|server had an error|service[ _]?(?:is )?(?:temporarily )?unavailable|unavailable",
        r"too many connections|unable to process (?:your|the) request|(?:prediction|inference) failed|unexpected error|internal error|produced invalid content|model failed while|^internal\b|high traffic",
        r"temporarily|try again later|something went wrong",
        r"model(?:error|streamerror|notready)exception|not ready|is (?:currently )?loading|maintenance|incident",
    ),
)

BY_STATUS = {
    **dict.fromkeys(range(400, 500), Kind.HARD_CAPABILITY),
    **dict.fromkeys(range(500, 600), Kind.TRANSIENT_PROVIDER),
    **dict.fromkeys((401, 403), Kind.AUTH),
    **dict.fromkeys((404, 410), Kind.HARD_MODEL),
    402: Kind.BILLING,
    408: Kind.TIMEOUT,
    429: Kind.RATE_LIMIT,
}

_SENTENCE_END = re.compile(r"(?<=[.!?;])(?<!e\.g\.)(?<!i\.e\.)\s+|\n+")
_SUCCESSOR = re.compile(
    r"""(?ix)
    (?: (?:please\ )?(?:use|try|switch(?:ing)?\ to|migrat(?:e|ing)\ to|upgrad(?:e|ing)\ to|mov(?:e|ing)\ to)
      | (?:replaced|superseded|succeeded)\ (?:by|with) | renamed\ (?:to|as) | (?:replacement|successor)(?:\ model)?(?:\ is)?
      | recommend(?:ed)?(?:\ \w+){0,3}? )
    \s*:?\s+(?:the\ )?(?:model\ |newer\ )?[`'"]?
    (?=[\w./:@-]{0,118}\d) (?P<id>[a-z0-9][\w./:@-]{2,118}\w)[`'"]?
    """
)


@lru_cache(maxsize=2_000)
def read_failure(
    message: str,
    *,
    provider: str,
    model_id: str | None = None,
    http_status: int | None = None,
    error_kind: str | None = None,
) -> Reading:
    """Reads one error message. Never raises, whatever the text; a huge one is looked at in part.

    `error_kind` is what the platform itself noted; it counts where the text doesn't say.
    """
    # Secrets go before the wrapper does: what tells a key may stand in what is taken off.
    text = without_secrets(considered(message))
    said = statement(text)
    kind, rule = _kind(said, printable(text), http_status or status_in(text), error_kind)
    return Reading(
        kind=kind,
        pattern=mask(said, model_id) or (f"http <{kind}>" if http_status else "no text"),
        rule=rule,
        sample=redact(said) or redact(text),
        successor=_successor(said, model_id) if kind == Kind.HARD_MODEL else None,
    )


def _kind(said: str, whole: str, status: int | None, error_kind: str | None) -> tuple[Kind, str]:
    for text in (said, whole):
        if (decided := _decided(text, status)) is not None:
            return decided
    noted = (error_kind or "").strip().casefold()
    named = next((kind for kind in Kind if kind == noted), Kind.UNKNOWN)
    if named != Kind.UNKNOWN:
        return named, "the platform's error_kind"
    return _by_status(status) or (Kind.UNKNOWN, "no rule fits")


def _decided(text: str, status: int | None) -> tuple[Kind, str] | None:
    """By the whole text; by its opening, where the whole names a risky kind and the opening a passing trouble.

    The opening is its first sentence or, where no rule fits that, the status.
    """
    kind_and_rule = _first_rule(text, status)
    if kind_and_rule is None or not kind_and_rule[0].traits.blames_model:
        return kind_and_rule
    opening = _first_rule(_SENTENCE_END.split(text.strip(), maxsplit=1)[0], status) or _by_status(status)
    return opening if opening is not None and opening[0].traits.blameless else kind_and_rule


def _by_status(status: int | None) -> tuple[Kind, str] | None:
    return (BY_STATUS[status], f"status {status}") if status in BY_STATUS else None


def _first_rule(text: str, status: int | None) -> tuple[Kind, str] | None:
    line = " ".join(text[:READ].split()).lower().replace("’", "'")
    for name, kind, pattern in RULES:
        if pattern.search(line):
            return _corrected(kind, name, status)
    return None


def _corrected(kind: Kind, rule: str, status: int | None) -> tuple[Kind, str]:
    """Where the words are vague, the status tells a limit of ours from a fault of theirs."""
    if kind == Kind.TRANSIENT_PROVIDER and status == 429:
        return Kind.RATE_LIMIT, f"{rule}, with status 429"
    theirs = {"busy": {500, 502, 503, 529}, "no answer in time": {500, 502, 503, 504, 524}}
    if status in theirs.get(rule, ()):
        return Kind.TRANSIENT_PROVIDER, f"{rule}, with status {status}"
    return kind, rule


def _successor(said: str, model_id: str | None) -> str | None:
    """An id the message recommends: it must look like one (a digit or a separator in it)."""
    for advice in _SUCCESSOR.finditer(said[:READ]):
        name = advice.group("id").rstrip(".:")
        if not re.search(r"\d", name) or not re.search(r"[-/.:@]", name) or "://" in name:
            continue
        if model_id is None or name.casefold() != model_id.casefold():
            return name
    return None
