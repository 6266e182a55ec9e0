"""`sqpsych review`: experts rate dialogues in a browser, blinded, or compare two of them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sqpsych.cli.options import AllowHost, Risk, Timeout, allow_hosts
from sqpsych.cli.review_chats import read_chats

if TYPE_CHECKING:
    from sqpsych.review import CreatedStudy, ReviewStore, StudySettings
    from sqpsych.review.wins import Win

DEFAULT_RUBRIC = "sqpsych36"
PORT = 8765
DEFAULT_URL = f"http://127.0.0.1:{PORT}"

app = typer.Typer(
    help="Let experts rate dialogues in a browser, blinded, or compare two of them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY", help="Directory of the study.")]
Url = Annotated[
    str, typer.Option(metavar="URL", help="Where raters reach the server; begins every link.")
]


class PairBy(StrEnum):
    """What two texts of a comparison have in common."""

    PERSON = "person"
    PROMPT = "prompt"


@app.callback()
def review() -> None:
    """Let experts rate dialogues in a browser, blinded, or compare two of them."""


@app.command()
def create(
    corpora: Annotated[
        list[Path], typer.Argument(metavar="CORPUS [CORPUS ...]", help="Run directories.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Directory of the study.")],
    per_corpus: Annotated[
        int | None,
        typer.Option(
            "--per-corpus",
            min=1,
            help="Dialogues of each corpus; pairs of every two corpora. Default: five, or as many "
            "as all of them have.",
        ),
    ] = None,
    raters: Annotated[int, typer.Option(min=1, help="How many people rate.")] = 3,
    rubric: Annotated[
        str, typer.Option(metavar="NAME", help="A shipped rubric, or a TOML file of yours.")
    ] = DEFAULT_RUBRIC,
    overlap: Annotated[
        str, typer.Option(metavar="all|K", help="Raters of each dialogue: all, or so many.")
    ] = "all",
    pairwise: Annotated[
        bool, typer.Option("--pairwise", help="Two texts side by side instead: A, B or a tie.")
    ] = False,
    pair_by: Annotated[
        PairBy,
        typer.Option(
            "--pair-by", help="Pairs are of the same person, or begin with the same prompt."
        ),
    ] = PairBy.PERSON,
    question: Annotated[
        str | None, typer.Option(help="What is asked of a pair. Default: which is better.")
    ] = None,
    training: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Dialogues with reference ratings to practise on."),
    ] = None,
    title: Annotated[str, typer.Option(help="What raters see above.")] = "Review of dialogues",
    seed: Annotated[int, typer.Option(help="Of the sample, the lists and the sides.")] = 0,
    url: Url = DEFAULT_URL,
) -> None:
    """Draw dialogues, blind them, and make a list and an invitation for each rater.

    The sample is spread over groups and lengths. Each rater gets an order of their own; corpus,
    model and group are shown to nobody before the export.

    \b
    Examples:
        sqpsych review create corpus -o study
        sqpsych review create ours theirs -o study --per-corpus 10 --raters 4 --overlap 2
        sqpsych review create ours theirs -o study --pairwise
    """
    from sqpsych.assessment.judging import load_rubric
    from sqpsych.review import StudySettings, create_study

    settings = StudySettings(
        per_corpus=per_corpus,
        raters=raters,
        overlap=read_overlap(overlap),
        rubric=None if pairwise else load_rubric(rubric),
        pair_by=pair_by.value,
        question=question,
        training=training,
        title=title,
        seed=seed,
    )
    created = create_study(corpora, output, settings)
    _tell_created(created, output, settings, url)


def read_overlap(text: str) -> int | None:
    """Read how many raters each dialogue gets; None: all.

    Raises:
        ReviewError: it is neither "all" nor a number from 1.
    """
    from sqpsych.errors import ReviewError

    if text == "all":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ReviewError(f"--overlap got {text!r}; expected all, or a number from 1.")
    return int(text)


@app.command()
def serve(
    study: StudyArgument,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = PORT,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name by which browsers call the server; several."),
    ] = None,
    tls: Annotated[
        bool,
        typer.Option(
            "--tls", help="A proxy in front speaks TLS: cookies are sent in no other way."
        ),
    ] = False,
    chat: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="A model, as in `chat`, that the owner can try out."),
    ] = None,
    profiles: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Whose profiles can be chatted with.")
    ] = None,
    chat_corpus: Annotated[
        Path | None,
        typer.Option(metavar="CORPUS", help="Where chats are kept. Default: STUDY/chats."),
    ] = None,
    chat_raters: Annotated[
        bool, typer.Option("--chat-raters", help="Let raters chat, too.")
    ] = False,
    risk: Risk = "exclude",
    timeout: Timeout = 300.0,
    allow_host: AllowHost = None,
) -> None:
    """Serve a study, until Ctrl-C.

    With --chat the owner can talk with a simulated client of the given profiles, or play the
    client; with --chat-raters raters can, too.

    \b
    Examples:
        sqpsych review serve study
        sqpsych review serve study --name rating.hospital.example --tls
        sqpsych review serve study --chat qwen2.5-coder-1.5b --profiles profiles.jsonl
    """
    from sqpsych.review.serving import is_loopback, list_names
    from sqpsych.review.serving import serve as run

    list_names(host, name or ())
    allow_hosts(allow_host)
    given = (chat, profiles, chat_corpus or study / "chats", chat_raters, risk)
    settings, serving = read_chats(*given, timeout)
    shown = f"[{host}]" if ":" in host else host

    def tell() -> None:
        typer.echo(f"Serving {study} on http://{shown}:{port}, until Ctrl-C.")
        if not is_loopback(host):
            typer.echo(_describe_tls(port), err=True)

    run(
        study,
        host=host,
        port=port,
        names=name or (),
        tls=tls,
        chats=settings,
        serving=serving,
        on_listening=tell,
    )


@app.command()
def invite(
    study: StudyArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="owner, rater-1, rater-2 ...")],
    url: Url = DEFAULT_URL,
) -> None:
    """Make a new invitation for someone who lost the link or the passphrase.

    The study can be served meanwhile. Earlier invitations of this person no longer hold.

    \b
    Example:
        sqpsych review invite study rater-2
    """
    from sqpsych.review import open_study

    with open_study(study) as store:
        typer.echo(_write_link(url, store.people.invite(name)))


@app.command()
def export(
    study: StudyArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="Directory for the files.")],
) -> None:
    """Write ratings, history and scores, and give the scores back to the corpora for the report.

    The study can be served meanwhile. The files say where each dialogue is from.

    \b
    Example:
        sqpsych review export study -o results
    """
    from sqpsych.review import open_study
    from sqpsych.review.exporting import export_study
    from sqpsych.review.wins import list_wins

    with open_study(study) as store:
        for path in export_study(store, output):
            typer.echo(str(path))
        for win in list_wins(store):
            typer.echo(_describe_win(win))
        _land(store)


@app.command()
def backup(
    study: StudyArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; not there yet.")],
) -> None:
    """Copy a study into one file, while it is served.

    To go back to it, put the file into an empty directory as review.sqlite.

    \b
    Example:
        sqpsych review backup study study-monday.sqlite
    """
    from sqpsych.review import back_up

    back_up(study, file)
    typer.echo(f"{file} holds the study as it is now.")


@app.command()
def close(
    study: StudyArgument,
    sure: Annotated[
        bool, typer.Option("--sure", help="Close it: nothing can be changed any more.")
    ] = False,
) -> None:
    """Close a study for good, and give its scores back to the corpora for the report.

    \b
    Example:
        sqpsych review close study --sure
    """
    import secrets

    from sqpsych.review import open_study
    from sqpsych.review.settling import close as close_study

    with open_study(study) as store:
        states = list(store.read_states().values())
        left = sum(state in {"open", "started"} for state in states)
        typer.echo(f"{left} of {len(states)} tasks are not done.")
        if not sure:
            typer.echo("Nothing was changed. Add --sure to close the study; it cannot be undone.")
            raise typer.Exit(1)
        owner = store.people.read_all()[0]
        close_study(store, owner, secrets.token_hex(16))
        typer.echo(f"{study} is closed.")
        _land(store)


def _tell_created(
    created: "CreatedStudy", output: Path, settings: "StudySettings", url: str
) -> None:
    what = "dialogues" if settings.rubric else "pairs"
    counts = sorted(set(created.tasks.values()))
    typer.echo(
        f"{output}: {created.items} {what}, {settings.raters} raters, "
        f"{' or '.join(map(str, counts))} for each; {created.study.overlap} raters for each of the "
        f"{what}. From each corpus{'' if settings.rubric else ' and another'} came "
        f"{created.study.per_corpus}.\n\n"
        "Personal invitations; each holds once, for 14 days, and is shown only now:\n"
    )
    width = max(map(len, created.invitations))
    for person, token in created.invitations.items():
        typer.echo(f"  {person:<{width}}  {_write_link(url, token)}")
    typer.echo(f"\nNext:\n  sqpsych review serve {output}")


def _write_link(url: str, token: str) -> str:
    return f"{url.rstrip('/')}/invitations/{token}"


def _land(store: "ReviewStore") -> None:
    from sqpsych.review.landing import land_scores

    kept, gone = land_scores(store)
    for name, count in kept.items():
        typer.echo(f"{name}: {count} scores kept; `sqpsych report` shows them.")
    for path in gone:
        typer.echo(f"{path} is no longer there; no scores were kept in it.", err=True)


def _describe_win(win: "Win") -> str:
    rate = win.rate
    interval = "" if rate.low is None else f" [{rate.low:.2f}, {rate.high:.2f}]"
    return (
        f"{win.a} against {win.b}: win rate {rate.value:.2f}{interval} over {win.pairs} pairs, a "
        f"tie counting half; {win.won} choices for it, {win.tied} ties, {win.lost} against."
    )


def _describe_tls(port: int) -> str:
    return (
        "This address can be reached from other machines, and without TLS everything said on the "
        "way can be read.\nBetter leave --host out and put a proxy with a certificate in front, on "
        "this machine. With Caddy, for example:\n\n"
        "  rating.hospital.example {\n"
        f"      reverse_proxy 127.0.0.1:{port}\n"
        "  }\n\n"
        "and `sqpsych review serve STUDY --name rating.hospital.example --tls`. docs/review.md has "
        "the same for nginx."
    )
