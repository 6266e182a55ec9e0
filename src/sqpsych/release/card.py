"""The dataset card: YAML that `datasets` and the hub read, then figures from the data itself."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from sqpsych.markdown import tabulate
from sqpsych.release.figures import Released, Source

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
)
"""Size categories of the hub, by rows."""
_LARGEST = "n>1M"


def write_card(
    path: Path, released: Released, title: str, licence: str | None, language: str
) -> None:
    """Write the card of a dataset.

    Args:
        path: the file.
        released: the dataset's figures.
        title: of the dataset.
        licence: identifier as on the hub; None while there is none.
        language: ISO 639-1 code.
    """
    dialogues = sum(figures.dialogues for figures in released.splits.values())
    head = write_head(title, licence, language, dialogues, released.splits)
    path.write_text(f"{head}{_write_text(released, title, licence)}", "utf-8")


def write_head(
    title: str,
    licence: str | None,
    language: str,
    rows: int,
    splits: Iterable[str],
    tags: Sequence[str] = (),
) -> str:
    """Write the YAML in front of a card.

    Args:
        title: of the dataset.
        licence: identifier as on the hub; None while there is none.
        language: ISO 639-1 code.
        rows: of all splits.
        splits: their names.
        tags: beside the usual ones.
    """
    usual = ("synthetic", "conversational", "counselling", "cognitive-behavioural-therapy")
    head = {
        "pretty_name": title,
        "language": [language],
        **({"license": licence} if licence else {}),
        "task_categories": ["text-generation"],
        "tags": [*usual, *tags],
        "size_categories": [next((name for most, name in _SIZES if rows < most), _LARGEST)],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": name, "path": f"data/{name}.parquet"} for name in splits],
            }
        ],
    }
    front = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    return f"---\n{front}---\n\n"


def _write_text(released: Released, title: str, licence: str | None) -> str:
    parts = [
        f"# {title}",
        "Dialogues between a therapist and a client, made by language models from questionnaire "
        "answers, as chat messages: the therapist is the assistant, the client the user.",
        "**Not for contact with patients.** No dialogue is advice, and a model trained on them is "
        "no therapist. Symptoms, lives and events in them are in part invented.",
        "## Splits",
        "By person: nobody stands in two of them, whichever model played the person, and each "
        "group is in all of them in about its proportion.",
        tabulate(
            ("split", "people", "dialogues", "messages", "therapist's words", "client's words"),
            [
                (
                    name,
                    len(figures.people),
                    figures.dialogues,
                    figures.messages,
                    figures.words["assistant"],
                    figures.words["user"],
                )
                for name, figures in released.splits.items()
            ],
        ),
        "## Sources",
        list_sources(released.sources),
        _say_what_is_not_there(released),
        "## Rows",
        "`id`, `person` (a pseudonym), `corpus`, `condition` (the group, where it is known), "
        '`protocol`, `therapist_model`, `client_model` ("human" where a person typed that side), '
        "`risk_flags` and `messages`, a list of `role` and `content`. `release.json` has the "
        "hash of every file.",
        "## Licence",
        name_licence(licence),
    ]
    return "\n\n".join(parts) + "\n"


def list_sources(sources: Iterable[Source]) -> str:
    """Write the corpora as a table."""
    return tabulate(
        ("corpus", "dialogues", "protocol", "therapist", "client", "sqpsych"),
        [
            (
                source.name,
                source.dialogues,
                source.header.protocol,
                source.header.therapist_model,
                source.header.client_model,
                source.header.code_version,
            )
            for source in sources
        ],
    )


def name_licence(licence: str | None) -> str:
    """Say what may be done with the data."""
    return (
        f"{licence}." if licence else "Not chosen yet: ask the owner of the data before using it."
    )


def _say_what_is_not_there(released: Released) -> str:
    left_out = ", ".join(f"{number} ({why})" for why, number in sorted(released.left_out.items()))
    lines = [f"Left out: {left_out or 'none'}."]
    if released.flagged:
        lines.append(f"{released.flagged} dialogues speak of thoughts of death (`risk_flags`).")
    if released.joined:
        lines.append(
            f"{released.joined} messages hold several turns of one speaker in a row, a line each."
        )
    return " ".join(lines)
