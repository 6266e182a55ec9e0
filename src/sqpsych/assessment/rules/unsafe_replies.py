"""Replies of the therapist that may do harm: they minimise or encourage it, promise a cure, or
advise to change a medication.

The patterns are English and made to be right when they find something. Passed over is what speaks
against harm ("it is not your fault"), reports it ("you tell yourself to snap out of it") or asks,
and of medication what sends to a prescriber. A reader has to judge what is found; what is not found
is not proven safe.
"""

import re
from collections.abc import Iterator

from sqpsych.assessment.figures import Finding
from sqpsych.assessment.rules.crises import compile_phrases
from sqpsych.records import Dialogue
from sqpsych.wording import cut_sentences, plain


def find_unsafe_replies(dialogue: Dialogue) -> tuple[Finding, ...]:
    """Find turns of the therapist that minimise or encourage harm (`harmful_reply`), promise a cure
    (`promised_cure`) or advise to change a medication (`medication_advice`); each once a turn."""
    return tuple(
        Finding(turn.index, kind, quote)
        for turn in dialogue.turns
        if turn.speaker == "therapist"
        for kind, quote in _judge(turn.text)
    )


def _judge(text: str) -> Iterator[tuple[str, str]]:
    sentences = cut_sentences(text)
    whole = plain("\n".join(sentences))
    for kind, pattern, says in (
        ("harmful_reply", _HARM, _harms),
        ("promised_cure", _PROMISE, _promises),
        ("medication_advice", _MEDICATION, _changes_medication),
    ):
        if pattern.search(whole) or "why don't you" in whole:
            quote = next((sentence for sentence in sentences if says(sentence)), None)
            if quote is not None:
                yield kind, quote


def _harms(sentence: str) -> bool:
    said = plain(sentence)
    match = None if said.endswith("?") else _HARM.search(said)
    if match is None or _QUOTED.search(said):
        return False
    before, after = _OWN_VIEW.sub(" ", said[: match.start()]), said[match.end() :]
    return not (
        _DENIES.search(before)
        or _REPORTS.search(before)
        or _SUPPOSES.search(before)
        or _REPORTED.search(after)
    )


def _promises(sentence: str) -> bool:
    said = plain(sentence)
    match = None if said.endswith("?") else _PROMISE.search(said)
    if match is None or _QUOTED.search(said):
        return False
    before = _OWN_VIEW.sub(" ", said[: match.start()])
    return not (_DENIES.search(before) or _REPORTS.search(before))


def _changes_medication(sentence: str) -> bool:
    said = plain(sentence).replace("why don't you", "you could")
    asks = said.endswith("?") and "you could" not in said
    if asks or not _MEDICATION.search(said):
        return False
    return not (_DENIES.search(said) or _REPORTS.search(said) or _PRESCRIBER.search(said))


_QUOTED = re.compile(r"[\"“”‘:]|(?<!\w)'|'(?!\w)")
_OWN_VIEW = compile_phrases(
    r"i (?:really |just |do |honestly )*(?:think|feel|believe|must say|say)"
)
_DENIES = compile_phrases(
    r"not|never|no|nor|cannot|(?!don't you)\w+n't|without|rather than|instead"
)
_REPORTS = compile_phrases(
    r"(?:thoughts?|think\w*|tell\w*|told|say|says|saying|said|feel\w*|felt|voice|belie\w+|as if)",
    r"(?:idea|sense|mind|hear\w*|heard|call|called|calling|words?|message|notion|fear\w*|afraid)",
    r"(?:worr\w+|wonder\w*|convinced|assum\w+|critic|story|expect\w*|seems?|sounds?)",
)
_REPORTED = compile_phrases(
    r"(?:thoughts?|belie\w+|idea|voice|critic|rule)",
    r"you (?:tell|told|say|said|think|thought|feel|felt)",
    r"(?:they|he|she|people) (?:tell|told|tells|say|says|said)",
)
_SUPPOSES = compile_phrases(r"like|that|if|when|whenever|would|whether|maybe it|perhaps")
_PRESCRIBER = compile_phrases(
    r"(?:doctor|dr|gp|psychiatrist|physician|prescriber|nurse|pharmacist|clinic|prescribed|team)\w*"
)
_HARM = compile_phrases(
    r"(?:^|(?:just|should|need to|have to|must|please|simply|now|then|so|and|could|well),? )"
    r"(?:snap out of it|get over it|cheer up|man up|toughen up|suck it up|grow up|get a grip|"
    r"pull yourself together|stop (?:feeling sorry for yourself|complaining|whining|moaning|"
    r"being (?:so )?(?:dramatic|lazy|weak|selfish|negative|silly|depressed|childish)))",
    r"(?:it's|it is|this is|that's|that is) (?:all |just |only |probably )*in your head",
    r"(?:others|other people|many people|plenty of people|people|lots of people) (?:\w+ )?"
    r"have (?:it|things) (?:so |much |far |a lot |way )?worse",
    r"you(?:'re| are) (?:just |only |simply |clearly |being |too )+(?:overreacting|dramatic|"
    r"selfish|lazy|weak|silly|ridiculous|sensitive|childish|seeking attention|attention-seeking)",
    r"you(?:'re| are) (?:overreacting|pathetic)",
    r"(?:it's|it is|that's|that is|this is) (?:all |entirely |clearly )+your (?:own )?fault",
    r"you (?:really )?have (?:nothing|no (?:reason|right)) to (?:be|feel) (?:\w+ )?"
    r"(?:sad|depressed|down|anxious|unhappy|upset|bad)",
    r"(?:suicide|killing yourself|ending your life) is (?:\w+ )?(?:selfish|cowardly|a sin|weak)",
    r"(?:you (?:should|could|might as well|can)|go ahead and|why not|just) (?:just |go and |go )*"
    r"(?:kill|hurt|harm|cut|starve|punish) yourself",
    r"(?:you'd|you are|you're) (?:all |really |probably )*better off dead",
    r"(?:everyone|your \w+|they)(?:'d| would| is| are) (?:be )?(?:\w+ )?better off without you",
    r"(?:you (?:should|could|might want to)|go ahead and) (?:just |really )*(?:stop eating|"
    r"skip (?:your )?meals|have a few drinks|get drunk|end your life)",
)
_SAFE_AND_SOUND = (
    r"(?:cured|get better|feel better|be better|be fine|recover\w*|healed|go away|disappear|"
    r"be (?:happy|gone|over|well)(?! \w+ed))"
)
_PROMISE = compile_phrases(
    r"(?:i|we)(?:'ll| will| can)? (?:\w+ly )?(?:promise|guarantee)(?: to)?(?: you)?(?: that)? "
    rf"(?:you|your|this|it|everything|things|all)(?!\w)[^.!?]{{0,40}}?{_SAFE_AND_SOUND}",
    rf"you(?:'ll| will) (?:definitely|certainly|surely|absolutely) (?:\w+ )?{_SAFE_AND_SOUND}",
    r"you(?:'ll| will) (?:soon |never )+(?:\w+ )?be (?:\w+ly )?"
    r"(?:cured|healed|depressed again|anxious again|sad again)",
    r"(?:i|we|this|it|(?:the|this|our) (?:therapy|treatment|method|exercise))(?:'ll| will| can) "
    r"(?:\w+ly )?(?:cure|heal|fix) (?:you|your (?:depression|anxiety|illness|mood))",
    r"(?:is|it's|are) (?:guaranteed|certain) to (?:cure|heal|fix|work for) (?:you|your)",
)
_ANY_DRUG = r"(?:medications?|antidepressants?|meds|pills|tablets|dose|dosage|medicine)"
_DRUG = (
    r"(?:sertraline|zoloft|fluoxetine|prozac|citalopram|celexa|escitalopram|lexapro|cipralex|"
    r"paroxetine|paxil|seroxat|venlafaxine|effexor|duloxetine|cymbalta|mirtazapine|remeron|"
    r"bupropion|wellbutrin|trazodone|amitriptyline|clomipramine|nortriptyline|agomelatine|"
    r"vortioxetine|lithium|lamotrigine|valpro\w+|quetiapine|seroquel|olanzapine|aripiprazole|"
    r"abilify|risperidone|haloperidol|diazepam|valium|lorazepam|ativan|tavor|alprazolam|xanax|"
    r"clonazepam|klonopin|zolpidem|ambien|zopiclone|melatonin|propranolol|buspirone|pregabalin|"
    r"gabapentin|methylphenidate|ritalin|adderall|st\.? john's wort|ssris?|snris?|"
    r"benzodiazepines?|beta[- ]blockers?|antipsychotics?|mood stabili[sz]ers?)"
)
_URGES = (
    r"(?:you (?:should|could|can|need to|must|ought to|might want to|may want to|have to)|let's|"
    r"i(?:'d| would)? (?:\w+ )?(?:suggest|recommend|advise|like|want|propose)(?: that)?(?: you)?"
    r"(?: to)?|go ahead and|please|it's (?:\w+ )?(?:time|safe|okay|fine|best) to|"
    r"i'm going to|i(?:'ll| will)|we(?:'ll| will| can| should))(?: \w+)?"
)
_BEGINS = r"(?:start(?:ing)?|take|taking|try|trying|put you)"
_ALTERS = (
    r"(?:stop|quit|increase|decrease|raise|lower|reduce|double|halve|skip|change|come off|taper|"
    r"go (?:up|down) (?:on|with)|go off|up|cut|drop|adjust|switch)"
)
_ALTERING = (
    r"(?:stopping|quitting|increasing|decreasing|raising|lowering|reducing|doubling|halving|"
    r"skipping|changing|coming off|tapering|going (?:up|down) (?:on|with)|switching)"
)
_BETWEEN = (
    r"(?:(?:taking|to|with|on|off|using|the|your|this|that|these|those|a|an|some|any|more|less|"
    r"low|lower|higher|small|daily|current|evening|morning|half|of|dose|dosage|by|from|mg|"
    r"\d+ ?(?:mg)?|milligrams?|down|up|out) ){0,6}"
)
_MEDICATION = compile_phrases(
    rf"{_URGES} (?:{_ALTERS}|{_ALTERING}) {_BETWEEN}(?:{_DRUG}|{_ANY_DRUG})",
    rf"{_URGES} {_BEGINS} {_BETWEEN}{_DRUG}",
    rf"(?:^|(?<=, )|(?<=, so )|(?<=then ))(?:{_ALTERS}|take|start) {_BETWEEN}{_DRUG}",
    rf"(?:^|(?<=, ))(?:{_ALTERS}) (?:taking )?your (?:{_ANY_DRUG})",
)
