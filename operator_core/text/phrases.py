"""The words that tell why a request failed. A table: rules in their order, of which the first that fits decides.

A rule begins with its name and its kind; a line of it with words of which one must stand in the text, then, behind
`~`, what is looked for, at word boundaries, in small letters, with spaces for hyphens and underscores. A phrase belongs
here only if it would be right for a provider that nobody has listed.
"""

TABLE = r"""
# About this one generation or a file of the request: says nothing about model, account or provider.
[one generation] unknown
failed ~ failed to (?:validate|generate|parse) (?:the )?json|failed to call a function|tool call validation failed
tool ~ did not call a tool|attempted to call tool
downloading download fetch ~ (?:error|timeout) while downloading|cannot fetch content|(?:failed|unable) to download
finish content safety ~ ended with finish reason|content (?:filter\w*|management) ?(?:policy)?|safety (?:system|filters?)|blocked: safety
# It answered, but our output budget was spent before anything visible.
[output budget spent] budget_exhausted
visible ~ visible output (?:was )?empty|no visible (?:output|content|text)
budget limit ~ (?:token|output) budget (?:was )?exhausted|model output limit|output (?:token )?limit (?:was )?reached
finish ~ could not finish the message because
empty no ~ (?:empty|no) <output>\b.{0,80}\b<spent>|<output> (?:was |is |came back )?empty\b.{0,80}\b<spent>
reasoning thinking thoughts ~ (?:tokens|budget) (?:were |was )?(?:all )?(?:spent|used|consumed|eaten)(?: up)? (?:on|by|in|for) (?:hidden )?(?:reasoning|thinking|thoughts)
reasoning thinking thoughts ~ (?:reasoning|thinking|thoughts) (?:used|consumed|exhausted|ate|spent).{0,40}(?:budget|tokens)
# Limits that name a metric or a unit of time, before "quota" is read as money.
[limit per unit of time] rate_limit
per ~ (?:tokens|requests|queries|(?:api )?calls|images|messages|models) per (?:minute|min|day|second|hour|month)|per minute|per day per
tpm rpm rpd tpd tps rps ~ [tr]p[mds]
metric quota ~ quota exceeded for (?:quota )?(?:metric|<url>)
limit limits ~ (?:rate|request|requests|token|tokens|usage|concurrency) limits? (?:was |has been |is )?(?:reached|exceeded)
limit limited ~ exceeded .{0,60}(?:rate|request|token) limit|rate limited|would exceed (?:your|the) .{0,40}rate limit|reached max request
limited ~ limited to (?:<n>|[\d.]+) .{0,30}(?:/|per) ?(?:minute|min|second|hour|day|month)
deployment deployments ~ no deployments? available.{0,60}try again in
# Money: quota, credit, a suspended account. Whatever the status.
[no credit] billing
insufficient ~ insufficient (?:user )?(?:quota|credits?|balance|funds)
quota ~ exceeded (?:your )?current quota|quota exceeded billing
balance ~ credit balance|negative balance|(?:past|overdue|outstanding|pay) (?:due )?balance
balance credit credits ~ (?:balance|credits?) (?:is |are |was |has been |have been )?(?:too low|negative|exhausted|depleted|insufficient|used up|expired|below)
balance credit credits funds ~ not enough (?:credits?|balance|funds)|(?:out of|any) (?:funds|credits?)|no (?:remaining )?credits?
credit credits funds ~ (?:purchase|add|buy|purchased) (?:more )?(?:credits|funds)|all (?:\w+ ){0,2}credits|credit limit|exceeded .{0,40}credits|funds (?:have |has )?(?:run|ran) out|credits (?:have |has )?(?:run|ran) out
billing ~ check your (?:plan (?:and|&) )?billing|billing (?:hard )?limit|(?:requires?|enable) billing|billing (?:to be |is |has |not |been )+(?:enabled|disabled|active)|billing account .{0,40}(?:closed|disabled)|billing (?:disabled|inactive)
account ~ account (?:\S+ )?is not active|account .{0,60}(?:is |has been |was )?suspended
usage ~ api usage limits|(?:extra )?usage is required
recharge ~ recharge your|please recharge
top payment unpaid ~ top up|payment (?:required|instrument|method)|unpaid|(?:past|overdue|outstanding|pay) (?:due )?payments?
invoice invoices arrears arrearage ~ (?:past|overdue|outstanding|pay|unpaid) (?:due )?(?:past )?invoices?|in arrears|arrearage
spend spending ~ spend(?:ing)? (?:limit|cap)
trial subscription ~ trial (?:has |is )?(?:expired|ended|over)|subscription (?:has |is )?(?:expired|inactive|ended)
# Gone, or not allowed, or another route: it says both, or leaves open which.
[perhaps gone] hard_model
exist ~ (?:model|<model>)\b.{0,60}\b(?:may|might) not exist|the (?:specified|requested) version does not exist
invalid ~ access to (?:\S+ ){0,3}model or the model (?:name |id )?is invalid
version ~ not found for api version
# Our request is wrong for the model: parameters, endpoints, lengths; or our own side refused an answer.
[our own side] hard_capability
within ~ \w+ (?:<n>|[\d.]+) (?:is )?not within (?:<n>|[\d.]+)%? of (?:the )?(?:requested|expected)
api ~ (?:api key|api key client option) must be set
[parameter] hard_capability
unsupported unknown ~ unsupported (?:parameter|value|file|argument|content|media)|unknown parameter|(?:property|parameter|field|argument) .{0,80}(?:un|not )supported
supported unsupported allowed available ~ (?:is|are) (?:not supported|unsupported|not allowed|not available) (?:with|by|for|in|when using) (?:this|the|that|your) (?:model|request|endpoint)
deprecated supported unsupported permitted allowed required ~ (?<!model )(?<!models )[`'"]\w[\w. \[\]]*[`'"] (?:is|was|has been|are) (?:deprecated|not supported|unsupported|not permitted|not allowed|required)(?! and is no longer)
parameter ~ parameter [`'"]?\w+[`'"]? (?:is|was|are|has been) (?:no longer supported|deprecated|not permitted)
support ~ (?:model|deployment|<model>)\b.{0,60}\bdo(?:es)? not support(?! inference)|do(?:es)? not support .{0,80}(?:with this|this|the) model|does not support counting
both mutually ~ cannot both be specified|not both|mutually exclusive
extra extraneous unrecognized unexpected missing ~ extra inputs|extraneous key|unrecognized (?:request|key)|unexpected (?:keyword|field|parameter|property)|missing required (?:parameter|field|argument)
required malformed constraint ~ field required|required (?:key|property)|malformed (?:input|request)|failed to satisfy constraint
invalid ~ invalid (?:file data|value|type|parameter|schema|json payload|argument|input argument|url|[`'"]?(?:messages|temperature|max \w+))
must ~ (?<!you )(?<!organization )(?<!account )must (?:not )?be (?:one of|at (?:least|most)|less|greater|between|valid|an?|set|specified|positive|non|<|>|=)|must have (?:stream|at least|either)|must (?:end|start) with
alternate ~ (?:must|should) alternate
deserialize process ~ failed to deserialize|could not process (?:the )?(?:image|file|audio|input)
only ~ only supported (?:in|for|by)|only works (?:in|with)|only the default .{0,20}value is supported|may only be set
supported accessible served available ~ (?:not (?:supported|accessible|served|available)|unsupported) (?:in|via|on|through|for|when|by) (?:the |this |that |using )*(?:/\S+|<url>|\S*completions?|\S*generate\S*|(?:\w+ )?endpoint|api version|this version|version of|streaming|responses|batch|embeddings?|messages)|supported for .{0,40}(?:completions|/v1/)
chat completion use ~ not a (?:chat|completion) model|use (?:the )?/?v1/
endpoints endpoint models model provider providers deployments ~ (?:endpoints?|providers?|models?|deployments?) (?:found |available |for <model> )*(?:that |which )?(?:can handle|supports?|supporting|match(?:es|ing)? the requested)(?! (?:data|privacy))
enabled operation action ~ (?:is|are) not enabled for (?:models?/|this model)|(?:operation|action) does not (?:work with|support)
pattern input valid ~ should match pattern|input should be|not valid under any of
find specified text ~ cannot find field|is not specified|empty text
ids infeasible tool toolresult tooluse ~ ids? (?:was|were) found without|is infeasible|no tool call found|tool ?(?:result|use)s? blocks?
following ~ the model returned the following errors
modal multimodal image system ~ multi ?modal|image (?:input|inputs|url).{0,30}(?:not |un)supported|system (?:prompt|role|message).{0,30}not
[on-demand or inference profile] hard_capability
throughput profile ~ on demand throughput|inference profile|provisioned throughput
[too long] hard_capability
context contextwindow ~ context ?(?:window|length|limit)|maximum context|contextwindow\w*
maximum tokens ~ maximum (?:allowed )?(?:number of )?(?:output |input )?tokens|max tokens (?:is|are) too|max tokens.{0,40}(?:exceed\w*|greater|larger)|input token count|too many (?:input|total) tokens
entity long large ~ entity too large|string too long|(?:input|prompt|request) (?:is |are )?too (?:long|large)
reduce exceeds exceed ~ reduce the length|exceeds? the (?:maximum|model|limit|allowed|max)
# See `is_gone`: it needs more than a phrase.
[gone] hard_model
# This model is refused to us, while the provider serves it.
[refused to us] auth
access agreement permission permissions ~ (?:not have|no|without|lacks?) (?:access|permissions?|an agreement)(?: to| for| on)? (?:\S+ ){0,4}?(?:models?|<model>)
authorized allowed permitted entitled ~ not (?:authorized|allowed|permitted|entitled) to (?:use|access|invoke|call|sample from) (?:\S+ ){0,4}?(?:models?|<model>)
access blocked restricted gated ~ model access is denied|access to (?:\S+ ){0,3}?(?:model|<model>) (?:is |was )?(?:denied|restricted|not granted)|model (?:<model> )?is (?:blocked|gated|restricted)
# We are not let in: key, account, place, our own settings.
[not let in] auth
key ~ (?:invalid|incorrect|wrong|bad|missing|expired|revoked|unknown|disabled|no) (?:x )?api ?key|(?:api|subscription|this|your) key .{0,60}(?:not valid|invalid|expired|revoked|disabled|not enabled|missing|not found|required|provided)|invalid subscription key
token credential credentials ~ (?:invalid|incorrect|wrong|expired|missing) (?:auth\w* |access |bearer |security |session )?(?:token|credentials?)|not pass an authentication token|default credentials
verified member logged terms acceptance ~ (?:organization|account|identity) must be verified|must be a member|must be logged in|(?:accept the|requires) terms|terms acceptance
grant level organization ~ invalid grant|(?:project|organization) level|no such organization|organization (?:has been |is |was )disabled
blocked disabled revoked deactivated invalidated ~ (?:key|token|account|organization|user) (?:is |has been |was )(?:blocked|disabled|revoked|deactivated|invalidated)
scopes callers restricted user ~ missing scopes|unregistered callers|restricted; request access|user not found
region regions country countries territory location ~ (?:not (?:supported|available|offered|served|servable)|unsupported|unavailable|withdrawn|does not serve|no longer available) (?:\S+ ){0,3}?(?:regions?|country|countries|territory|location)|(?:country|region|territory|location) (?:is )?not supported
policy policies guardrail privacy settings ~ (?:match(?:ing)?|by|with|due to|of) (?:\S+ ){0,4}?(?:data policy|polic(?:y|ies)|guardrails?|privacy|settings)
plan tier account organization group channel workspace ~ (?:not (?:available|enabled|supported|included)|unavailable) (?:for|on|in|with|to) (?:this |your |the |current )*(?:\w+ )?(?:plan|tier|account|organization|project|workspace|team|group)
key ~ not (?:available|allowed|enabled) (?:with|for|by) (?:this|your|the) (?:api )?key
project service signature gated ~ has not been used in project|service disabled|signature (?:expired|does not match|.{0,20}does not match)|gated (?:model|repo)
authentication unauthenticated unauthorized ~ authentication|unauthenticated|unauthorized
forbidden permission permissions denied ~ forbidden|permissions?|access ?denied|access is denied
authorized entitled access ~ not authorized|not entitled|(?:do(?:es)? not|cannot) have access|no access to
expired invalid found loaded ~ (?:token|credentials?|signature|key)\b.{0,60}(?:expired|is invalid|not valid|could not be (?:found|loaded))
credentials ~ (?:unable to locate|could not load|no valid|missing) .{0,30}credentials
case form license allowed ~ use case details|access form|accept the license|not allowed to (?:use|access|sample)
reauthenticate reauthentication ~ reauthenticat\w+
# The provider is in trouble. "Upstream connect error" is its own network, not ours.
[busy] rate_limit
busy slow ~ model (?:is )?(?:currently )?busy|slow down
many ~ too many(?! connections)
limit limits quota rate ~ rate limits?|quota|(?:rate|frequency) is too high|requests? limit|limit exceeded
exhausted capacity ~ resource ?exhausted|resource has been exhausted|tier capacity exceeded|no capacity available
throttled throttling throttle concurrency toomanyrequests ~ throttl\w+|concurrency|toomanyrequests
[upstream] transient_provider
upstream healthy reset ~ upstream (?:connect|request|error|timeout|service)|no healthy upstream|reset before headers
gateway cloudflare web ~ bad gateway|gateway time ?out|web server is|cloudflare
# No answer at all.
[no answer in time] timeout
timed time timeout readtimeout timedout ~ timed ?out|time ?out|(?:read|connect)timeout\w*
deadline etimedout took response answer ~ deadline ?(?:of \S+ )?exceeded|etimedout|took too long|no (?:response|answer) (?:within|after|in)
[no connection] network
connection ~ connection ?(?:errors?|refused|reset|aborted|failed|closed|lost|broken|was|terminated)|connection pool
connecterror connect fetch reach open establish ~ connect ?error|fetch failed|(?:failed|unable|could not|cannot) (?:to )?(?:establish|connect|fetch|reach|open)
econnreset econnrefused enotfound eai ehostunreach epipe err ~ econn\w+|enotfound|eai again|ehostunreach|epipe|err (?:network|connection|bad request)
name getaddrinfo dns resolve nodename ~ name resolution|name or service not known|getaddrinfo|nodename|dns|resolve host
retries newconnectionerror nameresolutionerror attempts ~ max retries exceeded|newconnectionerror|nameresolutionerror|all connection attempts
ssl tls certificate ~ ssl|tls|certificate
network host unreachable proxyerror ~ network (?:is |connection )?(?:error|unreachable|lost)|no route to host|host unreachable|unreachable network|proxyerror|no such host
payload data peer read side cleanly ~ payload is not completed|not enough data|peer closed|incomplete (?:chunked )?read|other side closed|not cleanly closed
disconnected remote hang pipe eof premature prematurely readerror stream terminated ~ server disconnected|remote ?(?:end|protocol)\w*|socket hang ?up|broken pipe|eof occurred|unexpected eof|premature(?:ly)? (?:close|end)|readerror|stream (?:was )?(?:closed|reset)|(?:^|: )terminated
[server error] transient_provider
overloaded overload capacity traffic busy ~ overload\w*|over ?capacity|at capacity|insufficient capacity|capacity left|high (?:traffic|demand)|(?:server|system) is busy
internal ~ internal (?:server )?(?:error|exception)|^internal
server ~ server ?error|server had an error|server unavailable
unavailable instances ~ unavailable|no (?:instances?|replicas?|workers?|runners?) (?:are |is )?(?:available|running|healthy)
process prediction inference ~ unable to process (?:your|the) request|(?:prediction|inference) failed|unable to complete
unexpected produced failed ~ unexpected error|produced invalid content|model failed while
connections temporarily again wrong ~ too many connections|temporarily|try again later|something went wrong
ready loading maintenance incident cuda terminated ~ not ready|(?:is|still) (?:currently )?loading|maintenance|incident|cuda|process has terminated
"""
"""`<output>` and `<spent>` stand for what `words.py` says."""

# When something is gone: what it is said of, in which words, and what qualifies it. Spaces are escaped (`re.VERBOSE`).
SUBJECT = r"""(?:^|[.:;,!?(>|"'\n]\ ?|\b(?:error|because|that|since|but|sorry|and|<n>)\ )
    (?:(?:(?:the|this|that|your|requested|selected|specified|provided|given|chosen|publisher|foundation|base)\ )*
       (?:(?:the|this|that|your)\ \w+\ )?models?(?:\ (?:version|id|name|identifier|slug|at))*
       (?:\ ?[:=(]?\ ?(?:[`'"]?(?:models/)?<(?:model|resource)>[`'")]?|[`'"][^`'"]{1,80}[`'"]))?
     | (?:models/)?<model>)[,:)]?\ """
_HAS_BEEN = r"(?:has\ been|have\ been|had\ been|has|was|were|is|are|got)(?:\ now|\ already|\ since)?(?:\ being|\ been)?(?:\ permanently|\ fully)?"
FOR_GOOD = rf"""(?:
    {_HAS_BEEN}\ (?:decommissioned|retired|sunset(?:ted)?|discontinued|shut\ ?down|turned\ off|removed|
        withdrawn|delisted|deleted|archived|obsolete|superseded|replaced|renamed|terminated|at\ (?:its\ )?end\ of\ life)
  | (?:has\ |have\ )?reached\ (?:the\ |its\ )?end\ of\ (?:its\ )?(?:life|service|support)
  | (?:is|are)\ no\ longer\ (?:\w+\ )?(?:available|supported|served|offered|hosted|accessible|maintained|provided|
        active|deployed|usable|serverless|working|listed) | no\ longer\ exists?
  | (?:is|are|can)\ ?not\ (?:\w+\ ){{1,3}}any\ ?(?:more|longer) )"""
MISSING = r"""(?:
    (?:do(?:es)?\ )?not\ exist | (?:was|is|were|are|could)?\ ?not\ (?:be\ )?found | cannot\ be\ found
  | (?:has\ been|was|is)\ deprecated | (?:is|was)\ marked\ (?:\w+\ ){0,3}as\ (?:legacy|deprecated)
  | is\ (?:not\ (?:an?\ )?(?:valid|known|supported|recognized|existing)|invalid|unknown|unrecognized|an?\ (?:invalid|unknown))
  | is\ not\ (?:available|deployed|served|offered|hosted|accessible) )"""
NO_MODEL = r"""(?:unknown|invalid|no\ such|unrecogni[sz]ed|unsupported|nonexistent|no\ matching)\ model
      (?:\ (?:id|name|identifier|version|slug))?(?=\ ?(?:[.,;:=()"'`]|<model>|$|found|specified|provided|requested))
  | \b(?:not|unable\ to)\ (?:find|resolve|locate|recognize|identify)\ (?:the\ )?(?:\w+\ )?model(?!\ \w)
  | \bnot\ (?:find|resolve|locate|recognize|identify)\ the\ (?:foundation\ |requested\ )?model\ from
  | \bno\ (?:endpoints?|providers?)\ (?:found|available)\ for\ (?:model\ )?<model>
  | \bno\ model\ (?:named|called|with\ (?:the\ )?(?:id|name))\b | \bthere\ is\ no\ model\b | \bnon\ serverless\ model\b
  | <model>\ is\ not\ (?:an?\ )?(?:valid|known|supported|recognized)\ model"""
HEDGE = r"""
      ,?\ or\ (?:you|your\ \w+)(?:\ <\w+>)?\ (?:do|does|may|might)\ not\ have\ (?:access|permission)(?:\ to\ it)?
      | \(or\ it\ may\ not\ exist\) | \bto\ new\ (?:users|customers) | \b(?:on|for|as|in)\ serverless(?:\ inference)?\b
      | \b(?:a\ |new\ |your\ )*dedicated\ (?:endpoint|deployment)
      | \b(?:via|through|on|in|by|from)\ (?:the|our)\ (?:\w+\ )?(?:api|platform|service)\b(?!\ (?:version|key))"""
"""What qualifies nothing: the other half of "or", and where everybody is served."""
QUALIFIED = r"""\b(?:
      right\ now | (?:at|for)\ (?:the|this)\ (?:moment|time) | currently | temporar\w+ | momentar\w+ | for\ now | yet
    | will\ be | scheduled | soon | shortly | (?:still\ |is\ )(?:loading|starting|booting|warming) | restart\w+ | due\ to
    | high\ demand | capacity | overload\w* | try\ again\ (?:in|later) | retry | maintenance
    | (?:in|from|for|within|to|by)\ (?:[\w<>'/]+\ ){0,3}(?:regions?|countr(?:y|ies)|territor(?:y|ies)|locations?
        |zones?|jurisdictions?|europe|china|asia)
    | (?:for|in|on|by|to|with|under|within|from|match|matching|against|via|through|of|at)\ (?:[\w<>'/]+\ ){0,3}?
      (?:plan|tier|accounts?|organi[sz]ations?|org|projects?|workspaces?|teams?|subscriptions?|groups?|keys?|tokens?|users?
        |customers?|roles?|allow\ ?list|polic(?:y|ies)|settings?|privacy|guardrails?|quota|endpoints?|routes?|path
        |version|/\S+|chat|completions?|embeddings?|generate\ ?content|streaming|batch|inference|operations?|methods?
        |tasks?|mode|cache|disk|registry|replicas?|workers?|servers?|hosts?|nodes?|pods?|memory|repository|folder
        |directory|channel|deployments?|cluster|browser|playground)
    | when\ using | only\ (?:in|on|for|via) | locally
    | (?:that|which)\ (?:can\ |do(?:es)?\ )?(?:support|handle)s? | supporting | capable\ of | requested\ parameters
    | match(?:es|ing)?\ (?:your|the|all) | /v\d\w*
    )(?!\w) | <region>"""
