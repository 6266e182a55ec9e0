"""The owner's pages: progress, agreement, settling, closing, export, new invitations."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from review.making import Browser, Served, serve_study
from sqpsych.review.agreement import LEAST_UNITS, read_settled


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serve_study(tmp_path) as made:
        yield made


@pytest.fixture
def owner(served: Served) -> Browser:
    return served.join("owner")


def rate_all(served: Served, name: str, shift: int) -> Browser:
    browser, order = served.join(name), list(served.store.read_items())
    for task in served.store.read_tasks(name):
        place = order.index(task.item)
        browser.rate_all(task.id, min(2, place % 3 + shift), place % 2)
    return browser


def test_progress_and_agreement_are_shown_as_they_form(served: Served, owner: Browser) -> None:
    assert "Nothing has been rated yet." in owner.client.get("/owner").text
    rate_all(served, "rater-1", 0)
    second = served.join("rater-2")
    task = served.store.read_tasks("rater-2")[0]
    second.post_form(f"/tasks/{task.id}/skip", reason="recognised", text="<b>known</b>")
    page = owner.client.get("/owner").text
    assert "5 of 8 tasks done or left out" in page
    assert "I know this text or the person in it" in page
    assert "&lt;b&gt;known&lt;/b&gt;" in page
    assert "5 of 8" in owner.client.get("/owner/progress").text
    agreement = owner.client.get("/owner/agreement").text
    assert "Warmth" in agreement
    assert "<html" not in agreement


def test_agreement_of_few_texts_is_not_shown(tmp_path: Path) -> None:
    with serve_study(tmp_path, "sure", per_corpus=LEAST_UNITS - 1) as few:
        for shift, rater in enumerate(("rater-1", "rater-2")):
            rate_all(few, rater, shift)
        page = few.join("owner").client.get("/owner/agreement").text
    assert "Warmth" in page
    assert re.findall(r'<td class="figure">-?\d\.\d\d', page) == []


def test_notes_and_places_on_the_raters_lists_are_shown(served: Served, owner: Browser) -> None:
    rater = served.join("rater-1")
    task = served.store.read_tasks("rater-1")[2]
    rater.post_json(f"/tasks/{task.id}/note", text="Hard to <i>read</i>.")
    page = owner.client.get(f"/owner/items/{task.item}").text
    assert "rater-1: 3" in page
    assert "Hard to &lt;i&gt;read&lt;/i&gt;." in page


def test_a_difference_is_settled_with_both_raters_side_by_side(
    served: Served, owner: Browser
) -> None:
    rate_all(served, "rater-1", 0)
    rate_all(served, "rater-2", 1)
    page = owner.client.get("/owner/disagreements").text
    item = re.findall(r"/owner/items/(\w+)#d-warmth", page)[0]
    assert "hidden-" not in page
    side_by_side = owner.client.get(f"/owner/items/{item}").text
    assert side_by_side.count('class="said-by"') == 2
    url = f"/owner/items/{item}/adjudications"
    settled = owner.post_form(url, criterion="warmth", value="2", reason="Both saw it.")
    assert settled.headers["location"] == f"/owner/items/{item}"
    owner.client.headers["hx-request"] = "true"
    part = owner.post_form(url, criterion="warmth", value="1", reason="On reflection.")
    assert "On reflection." in part.text
    assert "<html" not in part.text
    assert owner.post_form(url, criterion="warmth", value="7").status_code == 409
    assert owner.post_form(url, criterion="warmth", value="x").status_code == 422


def test_parts_of_a_page_lead_to_sign_in_and_are_told_in_json_what_went_wrong(
    served: Served, owner: Browser
) -> None:
    url = f"/owner/items/{next(iter(served.store.read_items()))}/adjudications"
    part = {"hx-request": "true"}
    refused = owner.client.post(url, data={"csrf": "old"}, headers=part)
    assert (refused.status_code, refused.json()["error"]) == (403, "403")
    assert "the form has expired" in refused.json()["message"]
    owner.client.cookies.clear()
    for answer in (
        owner.client.get("/owner/progress", headers=part),
        owner.client.post(url, data={"csrf": "old"}, headers=part),
    ):
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")
        assert "<html" not in answer.text


def test_closing_asks_once_more_and_locks_the_pages(served: Served, owner: Browser) -> None:
    rater = rate_all(served, "rater-1", 0)
    assert "cannot be undone" in owner.client.get("/owner/close").text
    assert owner.post_form("/owner/close").status_code == 422
    assert owner.post_form("/owner/close", sure="yes").status_code == 303
    assert "The study is closed" in owner.client.get("/owner").text
    task = served.store.read_tasks("rater-1")[0]
    page = rater.client.get(f"/tasks/{task.id}").text
    assert "The study is closed" in page
    assert page.count("<fieldset") == page.count(" disabled>\n      <legend")


def test_exports_are_given_out_and_written_down(served: Served, owner: Browser) -> None:
    rate_all(served, "rater-1", 0)
    answer = owner.client.get("/owner/exports/ratings.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert len(answer.text.splitlines()) == 1 + 4 * 2
    assert served.store.events.read_all()[-1].kind == "exported"
    assert owner.client.get("/owner/exports/journal.sqlite").status_code == 422


def test_a_new_invitation_replaces_the_passphrase(served: Served, owner: Browser) -> None:
    rater = served.join("rater-1")
    page = owner.post_form("/owner/invitations", name="rater-1").text
    (token,) = re.findall(r"http://127\.0\.0\.1/invitations/([\w-]+)", page)
    served.created = served.created.__class__(
        served.created.study, 0, {}, {**served.created.invitations, "rater-1": token}
    )
    assert rater.client.get("/tasks").status_code == 200
    served.join("rater-1")
    assert rater.client.get("/tasks").status_code == 303
    assert owner.post_form("/owner/invitations", name="nobody").status_code == 404


def test_items_that_are_not_there_are_not_found(owner: Browser) -> None:
    assert owner.client.get("/owner/items/0").status_code == 404
    answer = owner.post_form("/owner/items/0/adjudications", criterion="warmth", value="1")
    assert answer.status_code == 404


def test_a_pair_has_no_side_that_tells_the_corpus_and_is_settled_by_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = (f"{number:016x}" for number in range(100))
    monkeypatch.setattr("sqpsych.review.creating._make_id", lambda: next(ids))
    with serve_study(tmp_path, per_corpus=4, rubric=None) as served:
        for name, winner in (("rater-1", "a"), ("rater-2", "b")):
            rater = served.join(name)
            for task in served.store.read_tasks(name):
                side = "left" if (winner == "a") is not task.swapped else "right"
                rater.post_json(f"/tasks/{task.id}/choice", side=side, reason="Clearer.")
                rater.post_form(f"/tasks/{task.id}/finish")
        owner = served.join("owner")
        a_first = {}
        for item in served.store.read_items().values():
            url = f"/owner/items/{item.id}"
            page = owner.client.get(url).text
            a, b = (page.index(text.turns[2].text.split("'")[0]) for text in item.texts)
            a_first[item.id] = a < b
            said = re.findall(r'"rater">(rater-\d)</span> <strong class="verdict">([^<]*)', page)
            words = ["First text", "Second text"] if a < b else ["Second text", "First text"]
            assert said == list(zip(["rater-1", "rater-2"], words, strict=True))
            owner.post_form(f"{url}/adjudications", criterion="preference", value="1")
            assert 'value="1" required checked' in owner.client.get(url).text
        assert sorted(a_first.values()) == [False, False, True, True]
        settled = {place[0]: one.value for place, one in read_settled(served.store).items()}
        assert settled == {item: 1 if first else -1 for item, first in a_first.items()}
        listed = owner.client.get("/owner/disagreements").text
        assert listed.count("<td>First text</td>") == 4


def test_the_owner_has_no_tasks(owner: Browser) -> None:
    assert owner.client.get("/").headers["location"] == "/owner"
    assert owner.client.get("/tasks").status_code == 403
