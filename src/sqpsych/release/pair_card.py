"""The card of a dataset of preference pairs."""

from collections import Counter
from pathlib import Path

from sqpsych.markdown import tabulate
from sqpsych.release.card import list_sources, name_licence, write_head
from sqpsych.release.figures import ReleasedPairs
from sqpsych.release.preferences import ORIGINS


def write_pair_card(
    path: Path, released: ReleasedPairs, title: str, licence: str | None, language: str
) -> None:
    """Write the card of a dataset of preference pairs.

    Args:
        path: the file.
        released: the dataset's figures.
        title: of the dataset.
        licence: identifier as on the hub; None while there is none.
        language: ISO 639-1 code.
    """
    pairs = sum(figures.pairs.total() for figures in released.splits.values())
    head = write_head(title, licence, language, pairs, released.splits, ["preference", "dpo"])
    path.write_text(f"{head}{_write_text(released, title, licence)}", "utf-8")


def _write_text(released: ReleasedPairs, title: str, licence: str | None) -> str:
    left_out = "\n".join(f"- {number}: {why}" for why, number in sorted(released.left_out.items()))
    parts = [
        f"# {title}",
        "Pairs of what a therapist could say, of which one is preferred, from dialogues between a "
        "therapist and a client that language models made from questionnaire answers. The "
        "therapist is the assistant, the client the user.",
        "**Not for contact with patients.** No dialogue is advice, and a model trained on them is "
        "no therapist. Symptoms, lives and events in them are in part invented.",
        "## Splits",
        "By person: nobody stands in two of them.",
        tabulate(
            ("split", "people", *ORIGINS, "words chosen", "words rejected"),
            [
                (
                    name,
                    len(figures.people),
                    *(figures.pairs[origin] for origin in ORIGINS),
                    figures.words["chosen"],
                    figures.words["rejected"],
                )
                for name, figures in released.splits.items()
            ],
        ),
        "## Where preferences come from",
        "`attempts`: a turn of the therapist that passed the checks of generation, before one that "
        "failed them. `experts`: two dialogues that people compared, blinded. `judges`: two "
        "dialogues that models compared, with the same verdict in both orders.",
        _list_reasons(released),
        "## Sources",
        list_sources(released.sources),
        f"Made no pair:\n\n{left_out or '- none'}",
        "## Rows",
        "`id`, `person` (a pseudonym), `origin`, `reason` (the checks that the rejected line "
        "failed and the chosen one passed, or who preferred), and `prompt`, `chosen` and "
        "`rejected`, lists of `role` and `content`. `release.json` has the hash of every file.",
        "## Licence",
        name_licence(licence),
    ]
    return "\n\n".join(parts) + "\n"


def _list_reasons(released: ReleasedPairs) -> str:
    """List the reasons, the most frequent first; a line that failed two checks has two."""
    reasons: Counter[tuple[str, str]] = Counter()
    for figures in released.splits.values():
        reasons.update(figures.reasons)
    ranked = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    rows: list[tuple[object, ...]] = [(*names, number) for names, number in ranked]
    return tabulate(("origin", "reason", "pairs"), rows)
