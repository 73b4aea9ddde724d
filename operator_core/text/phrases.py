"""The words that tell why a request failed: phrases.txt's rules; and what "gone" is said of, in which words."""

from importlib.resources import files

TABLE = files(__package__).joinpath("phrases.txt").read_text("utf-8")

# When something is gone: what it is said of, in which words, and what qualifies it. Spaces are escaped (`re.VERBOSE`).
_THE = r"(?:(?:the|this|that|your|requested|selected|specified|provided|given|chosen|publisher|foundation|base|preview)\ )*"
_MODEL = r"""models?(?:\ (?:version|id|name|identifier|slug|at))*
    (?:\ ?[:=(]?\ ?(?:[`'"]?(?:models/)?<(?:model|resource)>[`'")]?|[`'"][^`'"]{1,80}[`'"]))?"""
_THIS = rf"(?:{_THE}{_MODEL}|(?:models/)?<model>)"
SUBJECT = rf"""(?:^|[.:;,!?(>|"'\n]\ ?|\b(?:error|because|that|since|but|sorry|and|<n>)\ )
    (?:{_THE}(?:(?:the|this|that|your)\ \w+\ )?{_MODEL}|(?:models/)?<model>)[,:)]?\ """
_HAS_BEEN = r"(?:has\ been|have\ been|had\ been|has|was|were|is|are|got)(?:\ now|\ already|\ since)?(?:\ being|\ been)?(?:\ permanently|\ fully)?"
_FOR_GOOD = rf"""(?:{_HAS_BEEN}\ (?:decommissioned|retired|sunset(?:ted)?|discontinued|at\ (?:its\ )?end\ of\ life)
  | (?:has\ |have\ )?reached\ (?:the\ |its\ )?end\ of\ (?:its\ )?(?:life|service|support))(?!\w)"""
"""The unmistakable: the rest may also be said of a process, a route or a list of servers."""
MISSING = rf"""(?:{_FOR_GOOD}
  | {_HAS_BEEN}\ (?:shut\ ?down|turned\ off|removed|withdrawn|delisted|deleted|archived|obsolete|superseded|replaced
        |renamed|terminated)
  | (?:is|are)\ no\ longer\ (?:\w+\ )?(?:available|supported|served|offered|hosted|accessible|maintained|provided|
        active|deployed|usable|serverless|working|listed) | no\ longer\ exists?
  | (?:is|are|can)\ ?not\ (?:\w+\ ){{1,3}}any\ ?(?:more|longer)
  | (?:do(?:es)?\ )?not\ exist | (?:was|is|were|are|could)?\ ?not\ (?:be\ )?found | cannot\ be\ found
  | (?:has\ been|was|is)\ deprecated | (?:is|was)\ marked\ (?:\w+\ ){{0,3}}as\ (?:legacy|deprecated)
  | is\ (?:not\ (?:an?\ )?(?:valid|known|supported|recognized|existing)|invalid|unknown|unrecognized|an?\ (?:invalid|unknown))
  | is\ not\ (?:available|deployed|served|offered|hosted|accessible))(?!\w)"""
NO_MODEL = r"""(?:unknown|invalid|no\ such|unrecogni[sz]ed|unsupported|nonexistent|no\ matching)\ model
      (?:\ (?:id|name|identifier|version|slug))?(?=\ ?(?:[.,;:=()"'`]|<model>|$|found|specified|provided|requested))
  | \b(?:not|unable\ to)\ (?:find|resolve|locate|recognize|identify)\ (?:the\ )?(?:(?:requested|specified|given|foundation)\ )?model(?!\ \w)
  | \bnot\ (?:find|resolve|locate|recognize|identify)\ the\ (?:foundation\ |requested\ )?model\ from
  | \bno\ (?:endpoints?|providers?)\ (?:found|available)\ for\ (?:model\ )?<model>
  | \bno\ model\ (?:named|called|with\ (?:the\ )?(?:id|name))\b | \bthere\ is\ no\ model\b | \bnon\ serverless\ model\b
  | <model>\ is\ not\ (?:an?\ )?(?:valid|known|supported|recognized)\ model"""
HEDGE = r"""
      ,?\ or\ (?:you|your\ \w+)(?:\ <\w+>)?\ (?:(?:do|does|may|might)\ not\ have\ (?:access|permission)(?:\ to\ it)?
          |may\ not\ see\ it)
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

# What is said plainly: a whole text of one statement, and nothing behind it but when, another predicate, or a pointer.
_OPENING = r"""(?:(?:\w+\ ){0,3}api\ (?:response\ was|error\ <n>):\ )?(?:(?:\w{0,40}(?:error|exception)|api|http|status|code|response
    |request|chat|failed(?:\ with)?|was|invalid|bad|not\ found|gone|access\ denied|sorry)\b|<n>|[\s:.,>()\[\]{}"'`]){0,24}"""
_ALSO = rf"""(?:,?\ (?:and/or|and|or|but)\ |[,:]\ )(?:(?:it|its\ access)\ )?(?:{MISSING}|takes\ no\ more\ requests|inaccessible|not\ deployed
    |no\ longer\ (?:supported|served|serverless|available|accessible)|can(?:not|\ no\ longer)\ be\ (?:used|called)(?:\ any\ longer)?
    |you\ have\ not\ been\ actively\ using\ the\ model(?:\ in\ the\ last\ <n>)?)"""
_POINTER = r"""(?:if\ you\ believe\ this\ is\ a\ mistake[\w\ ,]{0,90} | retries\ remaining=<n> | upgrade\ to\ an\ active\ model\ on\ \w+\ \w+
    | (?:(?:request|trace)(?:\ ?id)?\W{0,3})?<(?:id|n)> | you(?:'re|\ are)\ using\ the\ correct\ api\ key | contact\ support
    | (?:please|use|using|used|try|choose|select|pick|consider|switch|switching|migrate|migrating|upgrade|move|moving|create|start|call
      |update|code|visit|see|refer|learn|check|ensure|make|sure|the|a|an|another|one|of|our|your|it|its|this|which|that|you|have|access
      |new|newer|different|other|active|supported|available|permitted|valid|correct|latest|recommended|recommendation|current
      |replacement|successor|instead|models?(?:\ (?:id|name|version))?|<model>|<url>|what|replaces|list(?:\ ?models)?|more|information|details
      |about|error|features|improvements|documentation|docs|aws|page|here|is|are|was|can|be|found|at|in|on|to|for|and)(?![\w/]))"""
_STOP = r"""[\s.,;:!()\[\]"'`}]"""
_BEHIND = rf"""(?:\ (?:on|since|as\ of)\ <time>|\ (?:to|as|by|with)\ {_THIS}|{_ALSO})*+(?:\s*[.,;:!(){{"'`]+{_STOP}*+{_POINTER}(?:{_STOP}+{_POINTER}){{0,50}})?{_STOP}*+"""
_NONE_SUCH = rf"""(?:(?:we\ )?could\ |there\ is\ |unable\ to\ access\ )?(?:{NO_MODEL})(?:\ (?:id|found|specified|provided|requested|the\ provided
    \ model\ identifier))*[\s:=(]*(?:[`'"]?<(?:model|resource)>[`'"]?|[`'"][^`'"\s]{{1,80}}[`'"])?"""
_IT = rf"{_OPENING}{_THIS}[,:)]?\ (?!(?:is|are)\ (?:\w+\ ){{1,3}}(?:on|as\ of)\ <time>)"  # that day may be still to come
PLAINLY_FOR_GOOD = rf"{_IT}{_FOR_GOOD}{_BEHIND}"
PLAINLY_GONE = rf"(?:{_IT}{MISSING}|{_OPENING}(?:{_NONE_SUCH})){_BEHIND}"
_USE = rf"(?:\ (?:to|for))?(?:\ (?:use|access|invoke|call|sample\ from))?\ {_THIS}(?:\ with\ the\ specified\ model\ id)?"
PLAINLY_REFUSED = rf"""{_OPENING}(?:(?:you|we|(?:(?:your|this|the)\ )?(?:account|project|organization|team|user|key|api\ key)(?:\ <\w+>)?)
    \ (?:do(?:es)?\ not\ have|have\ no|has\ no|lacks?|(?:is|are)\ not)|no)\ (?:access|permissions?|an\ agreement|authorized|allowed
    |permitted|entitled){_USE} | {_OPENING}access\ to\ {_THIS}\ (?:is|was|has\ been)\ (?:denied|restricted|not\ granted)
    | {_OPENING}(?:model\ access\ is\ denied|{_THIS}\ is\ (?:blocked|gated|restricted))"""
PLAINLY_REFUSED = rf"(?:{PLAINLY_REFUSED}){_BEHIND}"
