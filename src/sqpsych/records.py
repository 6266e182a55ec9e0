"""The frozen records that pass between rooms.

Data goes one way: answers become a `ClientProfile`, a profile becomes a `Dialogue`. Every record
is JSON in and out (`model_dump_json`, `model_validate_json`), refuses unknown fields and cannot be
changed once made. Nothing in this file reads or writes anything.
"""

from enum import StrEnum
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Origin = Literal["observed", "invented"]
"""Where a fact comes from: the person's own record, or made up for the role-play."""

Speaker = Literal["therapist", "client"]
SPEAKERS: tuple[Speaker, ...] = get_args(Speaker)

Grading = Literal["frequency", "intensity"]
"""What an item's answers grade: how often something was so, or how strongly."""

MentionKind = Literal["claimed", "denied", "named"]
"""The client says to have it, or not to have it; or the therapist speaks of it."""

HUMAN = "human"
"""Stands for the model's name where a person typed the lines."""

Ending = Literal["closed", "rejected"]
"""How a dialogue ended: closed by the therapist, or rejected with a reason."""


class Record(BaseModel):
    """Base of all records: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Symptom(StrEnum):
    """Vocabulary of symptoms shared by all instruments.

    It lets PHQ-9 item 2 and HAM-D item 1 be compared, and a dialogue be checked against either.
    """

    DEPRESSED_MOOD = "depressed_mood"
    ANHEDONIA = "anhedonia"
    PESSIMISM = "pessimism"
    FAILURE = "failure"
    GUILT = "guilt"
    PUNISHMENT = "punishment"
    SELF_DISLIKE = "self_dislike"
    SELF_CRITICISM = "self_criticism"
    WORTHLESSNESS = "worthlessness"
    SUICIDALITY = "suicidality"
    CRYING = "crying"
    IRRITABILITY = "irritability"
    SOCIAL_WITHDRAWAL = "social_withdrawal"
    INDECISION = "indecision"
    BODY_IMAGE = "body_image"
    WORK_AND_ACTIVITY = "work_and_activity"
    INSOMNIA = "insomnia"
    EARLY_INSOMNIA = "early_insomnia"
    MIDDLE_INSOMNIA = "middle_insomnia"
    LATE_INSOMNIA = "late_insomnia"
    FATIGUE = "fatigue"
    APPETITE = "appetite"
    WEIGHT_LOSS = "weight_loss"
    CONCENTRATION = "concentration"
    PSYCHOMOTOR = "psychomotor"
    RETARDATION = "retardation"
    AGITATION = "agitation"
    SEXUAL_INTEREST = "sexual_interest"
    SOMATIC_CONCERN = "somatic_concern"
    INSIGHT = "insight"
    ANXIOUS_MOOD = "anxious_mood"
    NERVOUSNESS = "nervousness"
    WORRY = "worry"
    WORRY_CONTROL = "worry_control"
    TENSION = "tension"
    RELAXATION = "relaxation"
    RESTLESSNESS = "restlessness"
    FEARS = "fears"
    APPREHENSION = "apprehension"
    SOMATIC_ANXIETY = "somatic_anxiety"
    MUSCULAR = "muscular"
    SENSORY = "sensory"
    CARDIOVASCULAR = "cardiovascular"
    RESPIRATORY = "respiratory"
    GASTROINTESTINAL = "gastrointestinal"
    GENITOURINARY = "genitourinary"
    AUTONOMIC = "autonomic"
    INTERVIEW_BEHAVIOUR = "interview_behaviour"


class Option(Record):
    """One answer an item allows."""

    value: int
    """Item score of this answer, in points."""
    label: str
    """Short name of the answer ("several days")."""
    statement: str
    """One plain sentence about the person who gave it, third person, no numbers."""
    grades: bool = True
    """False where it is no degree of the item's symptom (tears that come no more are points on an
    item about crying, and no crying)."""


class Item(Record):
    """One question of an instrument."""

    id: str
    """Unique within the instrument ("phq9_2")."""
    label: str
    """Short name of what is asked, in our own words."""
    symptom: Symptom
    options: tuple[Option, ...]
    """Ordered by value, lowest first."""
    reversed: bool = False
    """True when a higher value means less of the symptom."""
    sensitive: bool = False
    """True when people seldom bring it up unasked (suicidality, sexual interest)."""
    scored: bool = True
    """False for a question that qualifies another item and enters no scale."""


class Band(Record):
    """A named range of a scale score."""

    label: str
    low: int
    """Lowest score in the band, inclusive, points."""
    high: int
    """Highest score in the band, inclusive, points."""
    source: str
    """Publication that sets the cut-offs."""


class Scale(Record):
    """Items added up into one score."""

    id: str
    label: str
    items: tuple[str, ...]
    """Item ids, in published order."""
    method: Literal["sum"] = "sum"
    max_missing: int = 0
    """How many items may be missing before the score is not given."""
    prorate: bool = False
    """True: a score with missing items is sum / answered * items, rounded half up.
    False: missing items count 0 points when they are allowed."""
    missing_source: str
    """Where the rule for missing items comes from."""
    bands: tuple[Band, ...] = ()


class Instrument(Record):
    """A questionnaire or rating scale as data."""

    id: str
    title: str
    language: str
    """ISO 639-1 code of the statements."""
    licence: str
    """Terms of the instrument itself, and whose words the statements are."""
    source: str
    """Publication that defines the instrument."""
    time_frame: str
    """The period asked about, as a phrase ("over the last two weeks")."""
    rater: Literal["self", "clinician"]
    grading: Grading
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]


class ScaleScore(Record):
    """The score of one person on one scale."""

    instrument: str
    scale: str
    value: int | None
    """Points; None when more items are missing than the scale allows."""
    answered: int
    """Number of items answered."""
    missing: int
    """Number of items missing."""
    prorated: bool
    """True when missing items were made up for by the mean of the others."""
    band: str | None
    """Label of the band the value falls in; None without a value or without bands."""


class Answer(Record):
    """What one person answered to one item."""

    instrument: str
    item: str
    value: int | None
    """Item score, points; None where missing."""


class Statement(Record):
    """One answer put into words."""

    instrument: str
    item: str
    symptom: Symptom
    text: str
    """Third person, plain, no numbers."""
    severity: float = Field(ge=0, le=1)
    """0 = symptom denied, 1 = the item's strongest answer."""
    grading: Grading = "intensity"
    sensitive: bool = False
    grades: bool = Field(default=True, exclude_if=bool)
    """False where the answer neither endorses nor denies the symptom; left out of JSON where True,
    as in files that were written before it was there."""


class Fact(Record):
    """One named fact about a person, and where it comes from."""

    name: str
    """Field name ("age", "education", "episodes")."""
    value: str
    origin: Origin = "observed"


class ClientProfile(Record):
    """One person as the role-play knows them. Answers, scores and statements are observed."""

    pseudonym: str
    """Keyed hash of the source id; the key stays with the user, outside every run."""
    condition: str | None = None
    """Group label for evaluation, never shown to an agent."""
    demographics: tuple[Fact, ...] = ()
    history: tuple[Fact, ...] = ()
    answers: tuple[Answer, ...] = ()
    scores: tuple[ScaleScore, ...] = ()
    statements: tuple[Statement, ...] = ()
    risk_flags: tuple[str, ...] = ()
    """What calls for a risk policy: "suicidality" when endorsed to any degree,
    "suicidality_unanswered" when the question was left open."""


class Mention(Record):
    """A symptom spoken of in a turn, as found by its words."""

    symptom: Symptom
    kind: MentionKind
    quote: str
    """The words that say so."""
    rater: str = "lexicon"
    """Who found it: the lexicon, or the model of that name."""


class Turn(Record):
    """One accepted utterance."""

    index: int = Field(ge=0)
    """Position in the dialogue; where it was made here, the therapist speaks at even ones."""
    speaker: Speaker
    text: str
    phase: str
    """Name of the protocol's phase in which it was said."""
    attempts: int = Field(ge=1)
    """Replies asked for until this one passed its checks, itself included."""
    model: str
    seed: int
    prompt_tokens: int = Field(ge=0)
    """Tokens of the prompt of the accepted reply, cached ones included; as the other counts and the
    time, an equal share where candidates were drawn together."""
    cached_tokens: int = Field(ge=0)
    """Prompt tokens the server took from its prefix cache."""
    completion_tokens: int = Field(ge=0)
    seconds: float = Field(ge=0)
    """Wall-clock time of the accepted reply, queueing at the server included."""
    flags: tuple[str, ...] = ()
    """Marks a reader should know of ("closing", "label_removed")."""
    screens: tuple[Symptom, ...] = ()
    """Symptoms that the therapist asks everyone about at this point, whoever the client is."""
    mentions: tuple[Mention, ...] = ()
    """Symptoms spoken of in it."""


class RejectedAttempt(Record):
    """A reply that did not enter the dialogue, or was taken out of it again."""

    turn: int = Field(ge=0)
    """Index of the turn it was asked for."""
    number: int = Field(ge=1)
    """1 for the first reply at that turn that is kept so."""
    speaker: Speaker
    text: str
    """The reply as the model gave it."""
    said: str | None = None
    """The line it would have been: with the first words the model was given, where it was given
    any, and without what is taken off the edges. None where that was not kept."""
    reasons: tuple[str, ...]
    """Names of the checks it failed; or that it passed and was set aside (`redrawn`, `not_chosen`),
    or was in the dialogue and taken back by a person (`taken_back`)."""
    seed: int
    prompt_tokens: int = Field(ge=0)
    cached_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    seconds: float = Field(ge=0)


class SymptomOutcome(Record):
    """What became of one symptom of the profile in a session."""

    symptom: Symptom
    severity: float = Field(ge=0, le=1)
    """The strongest of the profile's statements about it; 0 = denied."""
    state: Literal["voiced", "pending", "kept", "contradicted"]
    """Endorsed ones are voiced or, to the end, pending; denied ones kept out or contradicted."""
    turn: int | None = None
    """Index of the turn that first voiced or contradicted it."""


class Dialogue(Record):
    """One finished session."""

    id: str
    pseudonym: str
    protocol: str
    therapist_model: str
    client_model: str
    turns: tuple[Turn, ...]
    ending: Ending
    reason: str | None = None
    """Why it was rejected; None for a closed dialogue."""
    invented: tuple[Fact, ...] = ()
    """What the role-play made up about the person: life context, attitude."""
    symptoms: tuple[SymptomOutcome, ...] = ()
    """What became of each symptom; empty where nothing followed them."""
    risk_flags: tuple[str, ...] = ()
    """Those of the profile; dialogues with any need care wherever they go."""
    seed: int
    """Seed of the session, from which every turn's seed is derived."""
    prompt_sha256: str
    """Hash of the protocol: its prompt texts and all else that it settles."""
    code_version: str
    """Version of sqpsych that began the corpus; the manifest names later ones that went on."""


class Evidence(Record):
    """Words of a dialogue that a rater points to."""

    turn: int = Field(ge=0)
    """Index of the turn."""
    quote: str
    """Words of that turn, as they were said."""


class Score(Record):
    """What one rater made of one criterion in one dialogue."""

    subject: str
    """Id of the dialogue."""
    measure: str
    """Name of the rubric or measure ("sqpsych36")."""
    criterion: str
    value: float | None
    """On the criterion's scale; None where the rater gave none. A failed rating is never 0."""
    rater: str
    """Name of the model, or pseudonym of the person."""
    evidence: tuple[Evidence, ...] = ()
    reason: str | None = None
    """Why, in the rater's words, where it gave any."""
    error: str | None = None
    """Why there is no value, where the rater failed; None for a value, and where the rater looked
    and found that it could not be assessed."""
