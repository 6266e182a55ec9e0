"""`sqpsych models` with models of the user's own: the real command, in a process."""

from pathlib import Path

import pytest

from language_models.tuned_model import write_tuned

from .small_study import Done, run_sqpsych


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for settings and tuned models, in which nothing is yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def run(*arguments: str) -> Done:
    return await run_sqpsych("models", *arguments)


async def find_line(name: str) -> list[str]:
    """The words of a model's line in the list; none when it is not there."""
    lines = [line.split() for line in (await run("list")).out.splitlines()]
    return next((words for words in lines if words[0] == name), [])


async def test_a_tuned_file_is_added_listed_and_removed(home: Path) -> None:
    write_tuned(home / "My Therapist", gguf=True)
    done = await run("add", "My Therapist")
    assert (done.code, done.err) == (0, "")
    assert "--model my-therapist\n" in done.out
    words = await find_line("my-therapist")
    assert words[1:3] + words[5:] == ["135M", "chat", "your", "file", "Apache-2.0"]
    path = home / "My Therapist/model.gguf"
    assert (await run("path", "my-therapist")).out == f"{path}\n"
    assert "nothing to pull" in (await run("pull", "my-therapist")).err
    done = await run("remove", "my-therapist")
    assert (done.code, done.out.endswith(f"its files stay at {path}.\n")) == (0, True)
    assert path.exists()
    assert await find_line("my-therapist") == []


async def test_a_tuned_folder_is_added_and_says_how_to_serve_it(home: Path) -> None:
    write_tuned(home / "out", gguf=False)
    done = await run("add", "out", "--name", "mine")
    assert "models serve mine --port 8000" in done.out
    assert "--model mine@http://127.0.0.1:8000/v1\n" in done.out
    assert (await run("path", "mine")).out == f"{home / 'out/model'}\n"
    assert (await find_line("mine"))[5:7] == ["your", "folder"]
    assert "nothing to pull" in (await run("pull", "mine")).err


@pytest.mark.parametrize("gguf", [True, False])
async def test_files_that_were_moved_are_to_be_added_again(home: Path, gguf: bool) -> None:
    write_tuned(home / "out", gguf=gguf)
    await run("add", "out")
    (home / "out").rename(home / "away")
    assert "moved" in await find_line("out")
    for verb in ("path", "serve"):
        done = await run(verb, "out")
        assert done.code == 2
        assert f"{home / 'out/model'}" in done.err
        assert "sqpsych models add FOLDER --name out" in done.err


async def test_a_name_that_is_taken_is_refused_before_anything_is_read(home: Path) -> None:
    (home / "out").mkdir()
    done = await run("add", "out", "--name", "gemma")
    assert (done.code, "'gemma' is the name of a model of the catalogue" in done.err) == (2, True)
    assert not (home / "config/sqpsych/models.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("out", "--with", "vllm"), "--with chooses the server of a Hugging Face folder"),
        (("out/model", "--slots", "2"), "--slots and --context-tokens are for GGUF files"),
        (("out/model", "--with", "ollama"), "it can be vllm, transformers"),
        (("out/adapter",), "no Hugging Face folder"),
        (("outt",), "Did you mean 'out'"),
    ],
)
async def test_what_cannot_be_served_so_says_why(
    home: Path, arguments: tuple[str, ...], told: str
) -> None:
    write_tuned(home / "out", gguf=True)
    (home / "out/adapter").mkdir()
    await run("add", "out")
    done = await run("serve", *arguments)
    assert (done.code, told in done.err) == (2, True), done.err
