"""What the benchmarks of role-play share: people to play, and a study of them.

It runs nothing by itself.
"""

from dataclasses import replace

from sqpsych.intake import build_nhanes_sample_profiles
from sqpsych.language_models.opening import ModelSpec
from sqpsych.records import ClientProfile
from sqpsych.roleplay import Study, choose_profiles, load_protocol


def make_study(spec: ModelSpec, sessions: int, seed: int = 1) -> Study:
    """Make a study of so many NHANES people, one model playing both parts."""
    protocol = load_protocol("structured")
    people = choose_profiles(build_nhanes_sample_profiles(), protocol, "exclude")
    return Study(repeat_people(people, sessions), protocol, spec, spec, seed)


def repeat_people(people: tuple[ClientProfile, ...], count: int) -> tuple[ClientProfile, ...]:
    """Give so many people; from the second round on, the same ones under other pseudonyms."""
    repeated = []
    for number in range(count):
        rounds, place = divmod(number, len(people))
        person = people[place]
        name = f"{person.pseudonym}-{rounds}" if rounds else person.pseudonym
        repeated.append(person.model_copy(update={"pseudonym": name}))
    return tuple(repeated)


def in_style(spec: ModelSpec, style: str) -> ModelSpec:
    """Prompt a model in a style of one's choice."""
    return replace(spec, style="transcript" if style == "transcript" else "chat")
