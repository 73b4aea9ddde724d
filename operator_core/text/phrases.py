"""The words that tell why a request failed: phrases.txt's rules; and what "gone" is said of, in which words."""

from importlib.resources import files

TABLE = files(__package__).joinpath("phrases.txt").read_text("utf-8")

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
