"""What the rules draw from, and how likely each is."""

from typing import Literal, get_args

from hypothesis import strategies as st

from model.platform import MODELS, EditKind
from model.wire import Befalls, Trouble

PEOPLE = ("U1ANA", "U2BEN")
TURNING = (MODELS[0], MODELS[2], MODELS[3], MODELS[6])
"""Not enough of a provider's to be its outage, and two of them with a successor."""
POLICY = "policy"
LATEST_WRITE = 12
ODD = 7
"""From it on, a pick is from all there is."""
AT_HAND = 5
"""Below it, a pick is from what is most likely to matter now."""
MOST_MODELS = 8

person = st.sampled_from(PEOPLE)
pick = st.integers(0, 7)
"""Which of a list's entries, counted around."""
some = st.integers(0, 2**MOST_MODELS - 1)
"""Which members, a bit each; 0: all of them."""
first_moods = st.sampled_from(("gone", "gone", "gone", "slow", "silent", "answers"))
mostly_gone = st.sampled_from(("gone", "gone", "gone", "gone", "slow", "answers"))
moods = st.sampled_from(("answers", "answers", "gone", "slow", "silent"))
judges = st.sampled_from(("sensible", "sensible", "reckless", "unsure", "rules"))
befalls: st.SearchStrategy[Befalls] = st.sampled_from(
    ("dies before", "dies after", "dies, it lands late", "held", "error, landed", "error, lost", "reset")
)
troubles = st.one_of(
    st.builds(Trouble, befalls, st.integers(0, LATEST_WRITE)),
    st.builds(Trouble, befalls, st.integers(0, 2), st.just(True)),
)
unfinished = st.one_of(
    troubles,
    st.builds(
        Trouble,
        st.sampled_from(("dies before", "dies before", "error, lost", "dies, it lands late")),
        st.sampled_from((0, 0, 1)),
        st.just(True),
    ),
)
"""What leaves a batch with something to do."""
Meanwhile = Literal["nothing", "they answer", "a pause"]
meanwhile: st.SearchStrategy[Meanwhile] = st.sampled_from(get_args(Meanwhile))
by_hand: st.SearchStrategy[EditKind] = st.sampled_from(("disable", "enable", "remove"))
perhaps = st.one_of(st.none(), st.none(), troubles)
