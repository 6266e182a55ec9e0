"""Thirty hostile requests: each is refused, or does no harm."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from review.making import (
    HOSTILE,
    PASSPHRASE,
    Browser,
    Served,
    find_csrf,
    make_event,
    serve_study,
    write_corpus,
)
from sqpsych.errors import CorpusError
from sqpsych.review.people import FAILURES_BY_NAME_AND_ADDRESS
from sqpsych.review.store import open_study
from sqpsych.review.web import ServerSettings, create_app
from sqpsych.review.web.guarding import BODY_BYTES

OWNER_PAGES = (
    "/owner",
    "/owner/progress",
    "/owner/agreement",
    "/owner/disagreements",
    "/owner/close",
    "/owner/exports/ratings.csv",
    "/owner/exports/history.jsonl",
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    people = ("p01", "p02", "p03", "p04")
    for name in ("sure", "plain"):
        write_corpus(tmp_path, name, **dict.fromkeys(people, HOSTILE))
    with serve_study(tmp_path) as made:
        yield made


@pytest.fixture
def rater(served: Served) -> Browser:
    return served.join("rater-1")


@pytest.fixture
def owner(served: Served) -> Browser:
    return served.join("owner")


def find_task(served: Served, name: str = "rater-1") -> str:
    return served.store.read_tasks(name)[0].id


def count(served: Served) -> int:
    return served.store.events.count()


def test_01_no_page_opens_without_a_session(served: Served) -> None:
    for page in ("/", "/tasks", "/tasks/0", "/break", *OWNER_PAGES):
        answer = served.browse().get(page)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), page


def test_02_a_made_up_session_cookie_opens_nothing(served: Served) -> None:
    browser = served.browse()
    for cookie in ("x", "A" * 43, "' OR 1=1 --", "x" * 4000):
        browser.cookies = {"sqpsych": cookie}
        assert browser.get("/tasks").headers["location"] == "/sign-in"


def test_03_a_session_ends_with_sign_out(served: Served, rater: Browser) -> None:
    cookies = dict(rater.client.cookies)
    assert rater.post_form("/sign-out").status_code == 303
    thief = served.browse()
    thief.cookies = cookies
    assert thief.get("/tasks").headers["location"] == "/sign-in"


def test_04_another_raters_task_is_not_there(served: Served, rater: Browser) -> None:
    foreign = find_task(served, "rater-2")
    for page in (f"/tasks/{foreign}", f"/tasks/{foreign}/feedback"):
        assert rater.client.get(page).status_code == 404


def test_05_another_raters_task_cannot_be_rated(served: Served, rater: Browser) -> None:
    foreign, before = find_task(served, "rater-2"), count(served)
    assert rater.rate(foreign, "warmth", 0).status_code == 404
    assert rater.post_json(f"/tasks/{foreign}/note", text="mine").status_code == 404
    for verb in ("finish", "return"):
        assert rater.post_form(f"/tasks/{foreign}/{verb}").status_code == 404
    assert rater.post_form(f"/tasks/{foreign}/skip", reason="other").status_code == 404
    assert count(served) == before


def test_06_forged_task_ids_lead_nowhere(rater: Browser) -> None:
    for forged in ("0", "f" * 16, "%00", "..%2f..%2fetc%2fpasswd", "1 OR 1=1"):
        assert rater.client.get(f"/tasks/{forged}").status_code in {404, 422}, forged
        assert rater.rate(forged, "warmth", 1).status_code in {404, 422}, forged


def test_07_a_rater_sees_no_owners_page(rater: Browser) -> None:
    for page in OWNER_PAGES:
        assert rater.client.get(page).status_code == 403, page


def test_08_a_rater_cannot_close_adjudicate_or_invite(served: Served, rater: Browser) -> None:
    item, before = next(iter(served.store.read_items())), count(served)
    forms = {
        "/owner/close": {"sure": "yes"},
        f"/owner/items/{item}/adjudications": {"criterion": "warmth", "value": "1"},
        "/owner/invitations": {"name": "rater-2"},
    }
    for url, fields in forms.items():
        assert rater.post_form(url, **fields).status_code == 403
    assert count(served) == before
    served.store.people.find_invited(served.created.invitations["rater-2"])


def test_09_a_raters_pages_tell_nothing_of_others_or_of_the_source(served: Served) -> None:
    other, rater = served.join("rater-2"), served.join("rater-1")
    for task in served.store.read_tasks("rater-2"):
        other.rate(task.id, "warmth", 2, comment="a secret remark of rater-2")
    pages = ["/tasks", *(f"/tasks/{task.id}" for task in served.store.read_tasks("rater-1"))]
    text = "".join(rater.client.get(page).text for page in pages)
    for secret in ("secret remark", "rater-2", "hidden-", "sure", "plain-", "p01", "control"):
        assert secret not in text


def test_10_an_invitation_holds_once(served: Served) -> None:
    served.join("rater-1")
    token = served.created.invitations["rater-1"]
    thief = served.browse()
    refused = thief.get(f"/invitations/{token}")
    assert refused.status_code == 410
    assert 'href="/sign-in"' in refused.text
    csrf = find_csrf(thief.get("/sign-in").text)
    form = {
        "csrf": csrf,
        "passphrase": "thieves come at night",
        "repeated": "thieves come at night",
    }
    assert thief.post(f"/invitations/{token}", data=form).status_code == 410


def test_11_an_invitation_expires(tmp_path: Path) -> None:
    with serve_study(tmp_path) as served:
        with served.store.database.write() as connection:
            connection.execute("UPDATE invitations SET expires = 0")
        page = f"/invitations/{served.created.invitations['rater-1']}"
        assert served.browse().get(page).status_code == 410


def test_12_a_guessed_invitation_is_none(served: Served) -> None:
    for token in ("x", "A" * 43, "%2e%2e", "a" * 99):
        assert served.browse().get(f"/invitations/{token}").status_code in {404, 410}, token


def test_13_a_form_without_its_token_is_refused(served: Served, rater: Browser) -> None:
    task, before = find_task(served), count(served)
    for csrf in ("", "0" * 64, "ü"):
        data = {"csrf": csrf, "event": make_event(), "reason": "other"}
        assert rater.client.post(f"/tasks/{task}/skip", data=data).status_code == 403
    data = {"event": make_event(), "reason": "other"}
    assert rater.client.post(f"/tasks/{task}/skip", data=data).status_code == 403
    assert count(served) == before


def test_14_a_token_of_another_session_is_refused(served: Served, rater: Browser) -> None:
    task, other = find_task(served), served.join("rater-2")
    rater.csrf = other.csrf
    assert rater.rate(task, "warmth", 1).status_code == 403
    assert rater.post_form(f"/tasks/{task}/skip", reason="other").status_code == 403


def test_15_json_without_the_header_is_refused(served: Served, rater: Browser) -> None:
    body = {"event": make_event(), "criterion": "warmth", "value": 1}
    answer = rater.client.post(f"/tasks/{find_task(served)}/ratings", json=body)
    assert answer.status_code == 403


def test_16_json_dressed_as_a_form_is_refused(served: Served, rater: Browser) -> None:
    body = json.dumps({"event": make_event(), "criterion": "warmth", "value": 1})
    headers = {"content-type": "text/plain", "x-csrf-token": rater.csrf}
    url, before = f"/tasks/{find_task(served)}/ratings", count(served)
    assert rater.client.post(url, content=body, headers=headers).status_code == 422
    assert count(served) == before


def test_17_a_request_from_another_site_is_refused(served: Served, rater: Browser) -> None:
    rater.client.headers["sec-fetch-site"] = "cross-site"
    assert rater.rate(find_task(served), "warmth", 1).status_code == 403


def test_18_a_replayed_change_is_one_change(served: Served, rater: Browser) -> None:
    task, event = find_task(served), make_event()
    before = count(served)
    for _ in range(3):
        body = {"event": event, "criterion": "warmth", "value": 1}
        headers = {"x-csrf-token": rater.csrf}
        answer = rater.client.post(f"/tasks/{task}/ratings", json=body, headers=headers)
        assert answer.status_code == 200
    assert count(served) == before + 1


def test_19_an_event_id_cannot_be_used_for_another_change(served: Served, rater: Browser) -> None:
    task, event, other = find_task(served), make_event(), served.join("rater-2")
    headers = {"x-csrf-token": rater.csrf}
    body = {"event": event, "criterion": "warmth", "value": 1}
    rater.client.post(f"/tasks/{task}/ratings", json=body, headers=headers)
    again = rater.client.post(f"/tasks/{task}/ratings", json=body | {"value": 2}, headers=headers)
    foreign = other.client.post(
        f"/tasks/{find_task(served, 'rater-2')}/ratings",
        json=body,
        headers={"x-csrf-token": other.csrf},
    )
    assert (again.status_code, foreign.status_code) == (409, 409)


MISFITS: list[tuple[str, dict[str, object]]] = [
    ("warmth", {"value": 3}),
    ("warmth", {"value": -1}),
    ("warmth", {"value": 1.5}),
    ("warmth", {"value": "2"}),
    ("warmth", {"value": True}),
    ("warmth", {"value": 10**30}),
    ("warmth", {"value": None, "groundless": True}),
    ("depth", {"value": 1, "groundless": True}),
    ("nothing", {"value": 1}),
    ("warmth", {"value": 1, "evidence": [999]}),
    ("warmth", {"value": 1, "evidence": [0, 0]}),
    ("warmth", {"value": 1, "evidence": [-1]}),
    ("warmth", {"value": 1, "person": "rater-2"}),
]


def test_20_a_rating_that_does_not_fit_is_refused(served: Served, rater: Browser) -> None:
    before, url = count(served), f"/tasks/{find_task(served)}/ratings"
    for criterion, more in MISFITS:
        body = {"event": make_event(), "criterion": criterion, **more}
        answer = rater.client.post(url, json=body, headers={"x-csrf-token": rater.csrf})
        assert answer.status_code in {409, 422}, more
    assert count(served) == before


def test_21_an_oversized_body_is_refused(served: Served, rater: Browser) -> None:
    task = find_task(served)
    assert rater.rate(task, "warmth", 1, comment="x" * (BODY_BYTES + 1)).status_code == 413

    def stream() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 4096

    headers = {"content-type": "application/json", "x-csrf-token": rater.csrf}
    answer = rater.client.post(f"/tasks/{task}/ratings", content=stream(), headers=headers)
    assert answer.status_code == 413


def test_22_an_overlong_comment_is_refused(served: Served, rater: Browser) -> None:
    assert rater.rate(find_task(served), "warmth", 1, comment="x" * 4001).status_code == 422


def test_23_path_tricks_reach_no_file(owner: Browser) -> None:
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fstore.py",
        "/static//etc/passwd",
        "/static/%00",
        "/owner/exports/..%2f..%2freview.sqlite",
        "/owner/exports/review.sqlite",
    ):
        answer = owner.client.get(path)
        assert answer.status_code in {404, 422}, path
        assert "import" not in answer.text


def test_24_script_in_a_dialogue_is_shown_as_words(served: Served, rater: Browser) -> None:
    page = rater.client.get(f"/tasks/{find_task(served)}").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "<img" not in page


def test_25_script_in_comments_is_shown_as_words(served: Served, owner: Browser) -> None:
    for number, name in enumerate(("rater-1", "rater-2")):
        browser = served.join(name)
        for task in served.store.read_tasks(name):
            browser.rate(task.id, "depth", 0)
            browser.rate(task.id, "warmth", 2 * number, comment=f"</textarea>{HOSTILE}")
            browser.post_json(f"/tasks/{task.id}/note", text=HOSTILE)
            browser.post_form(f"/tasks/{task.id}/finish")
            own = browser.client.get(f"/tasks/{task.id}").text
            assert "<script>" not in own
            assert own.count("</textarea>") == own.count("<textarea")
    for item in served.store.read_items():
        page = owner.client.get(f"/owner/items/{item}").text
        assert "&lt;/textarea&gt;&lt;script&gt;" in page
        assert "<script>" not in page


def test_26_every_answer_forbids_foreign_and_inline_script(served: Served, rater: Browser) -> None:
    pages = ["/tasks", f"/tasks/{find_task(served)}", "/nothing", "/static/review.css", "/owner"]
    for page in pages:
        policy = rater.client.get(page).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        html = rater.client.get(page).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|<[^>]*\s(style|on\w+)=", html)


def test_27_cookies_are_out_of_reach_of_scripts_and_other_sites(served: Served) -> None:
    browser = served.browse()
    token = served.created.invitations["rater-1"]
    page = browser.get(f"/invitations/{token}")
    form = {"csrf": find_csrf(page.text), "passphrase": PASSPHRASE, "repeated": PASSPHRASE}
    answer = browser.post(f"/invitations/{token}", data=form)
    for cookie in (page.headers["set-cookie"], answer.headers["set-cookie"]):
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
    with open_study(Path(served.store.database.path).parent) as store:
        served.app = create_app(store, ServerSettings(tls=True))
        over_tls = served.browse().get("/sign-in").headers
    assert over_tls["set-cookie"].startswith("__Host-")
    assert "Secure" in over_tls["set-cookie"]
    assert "max-age" in over_tls["strict-transport-security"]


def test_28_guessing_passphrases_is_stopped(served: Served) -> None:
    served.join("rater-1")
    browser = served.browse()
    csrf = find_csrf(browser.get("/sign-in").text)

    def try_in(name: str, passphrase: str) -> int:
        data = {"csrf": csrf, "name": name, "passphrase": passphrase}
        return browser.post("/sign-in", data=data).status_code

    tries = [try_in("rater-1", f"guess number {n}") for n in range(FAILURES_BY_NAME_AND_ADDRESS)]
    assert set(tries) == {403}
    assert try_in("rater-1", PASSPHRASE) == 429
    unknown = [try_in("nobody", f"guess {n}") for n in range(FAILURES_BY_NAME_AND_ADDRESS + 1)]
    assert unknown == [*tries, 429]


def test_29_a_strange_host_is_refused(rater: Browser) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:80:80"):
        answer = rater.client.get("/tasks", headers={"host": host})
        assert answer.status_code == 421, host
        assert "Dialogue" not in answer.text


def test_30_nothing_sends_people_to_another_site(served: Served) -> None:
    for back in ("https://evil.example", "//evil.example", "/\\evil.example", "/x?y=//evil"):
        answer = served.browse().get("/languages/de", params={"back": back})
        assert answer.status_code == 422
    assert served.browse().get("/languages/de?back=/tasks").headers["location"] == "/tasks"


def test_31_the_trail_cannot_be_edited_by_any_request(served: Served, rater: Browser) -> None:
    task = find_task(served)
    rater.rate(task, "warmth", 1)
    for method in ("PUT", "PATCH", "DELETE"):
        for page in (f"/tasks/{task}/ratings", f"/tasks/{task}", "/tasks"):
            assert rater.client.request(method, page).status_code == 405


def test_32_after_closing_every_change_is_refused(served: Served, owner: Browser) -> None:
    rater, task = served.join("rater-1"), find_task(served)
    assert owner.post_form("/owner/close", sure="yes").status_code == 303
    before = count(served)
    assert rater.rate(task, "warmth", 1).status_code == 409
    assert rater.post_form(f"/tasks/{task}/skip", reason="other").status_code == 409
    assert rater.post_form("/break/start").status_code == 409
    assert owner.post_form("/owner/close", sure="yes").status_code == 409
    assert count(served) == before


def test_33_what_was_sent_does_not_come_back_in_an_error(served: Served, rater: Browser) -> None:
    task = find_task(served)
    for answer in (
        rater.rate(task, "Quetzalcoatlus", 1),
        rater.rate(task, "warmth", 1, comment="Quetzalcoatlus" * 400),
        rater.client.get("/tasks/Quetzalcoatlus"),
    ):
        assert answer.status_code >= 400
        assert "Quetzalcoatlus" not in answer.text.replace("back=/tasks/Quetzalcoatlus", "")


def test_34_a_formula_in_a_comment_stays_words_in_the_export(
    served: Served, owner: Browser
) -> None:
    served.join("rater-1").rate(find_task(served), "warmth", 1, comment="=HYPERLINK(1)")
    assert ",'=HYPERLINK(1)," in owner.client.get("/owner/exports/ratings.csv").text


@pytest.mark.parametrize(
    ("error", "status"),
    [(CorpusError("The disk is full."), 503), (RuntimeError("Quetzalcoatlus"), 500)],
)
def test_35_a_page_that_fails_says_no_more_than_that_under_the_same_headers(
    served: Served,
    rater: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
) -> None:
    def fail(*given: object, **named: object) -> None:
        raise error

    task = find_task(served)
    monkeypatch.setattr(served.store.database, "read", fail)
    page = rater.client.get("/tasks")
    asked = rater.post_json(f"/tasks/{task}/note", text="Quetzalcoatlus")
    assert (page.status_code, asked.status_code) == (status, status)
    assert "Something went wrong" in page.text
    assert asked.json()["error"] == "other"
    for answer in (page, asked):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert str(error) not in answer.text
    assert "Quetzalcoatlus" not in caplog.text
    assert "A page failed" in caplog.text
