"""English function words and the small talk of sessions: what a reflection does not consist of."""

FUNCTION_WORDS = frozenset(
    """
    a an the this that these those here there such same other another each every either neither
    both all any some no none nothing something anything everything one ones someone anyone
    everyone nobody somebody anybody everybody
    i me my mine myself you your yours yourself we us our ours ourselves he him his himself she her
    hers herself it its itself they them their theirs themselves
    am is are was were be been being do does did doing done have has had having can could will
    would shall should may might must ought let get gets got getting
    not n't don't doesn't didn't isn't aren't wasn't weren't haven't hasn't hadn't can't cannot
    couldn't won't wouldn't shouldn't
    i'm you're we're they're he's she's it's that's there's what's who's let's i've you've we've
    they've i'd you'd he'd she'd we'd they'd i'll you'll he'll she'll it'll we'll they'll
    and or but nor so yet if then else because since although though while whereas unless until
    than as whether
    of to in on at by for from with without about into onto over under between among through during
    before after above below up down out off again against along around across behind beside beyond
    near toward towards within upon
    what which who whom whose when where why how
    very too also just only even still quite rather really much many more most few less least lot
    little bit enough almost maybe perhaps always never ever often sometimes now today once already
    yes yeah no okay ok oh well um uh hmm mm please thank thanks hello hi bye sure right
    sort kind like thing things way ways
    go goes going gone went come comes coming came make makes making made say says saying said
    know mean think see
    """.split()
)
