"""What a question to the Open311 server may say, and in which ways; whoever asks, from wherever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from gunicorn.config import Config as Gunicorn

from dashboard.api.open311.arguments import IDS_MOST
from dashboard.app import App, create_app
from dashboard.config.home import Home
from dashboard.config.load import Config
from data import clock
from data.store.db.engine import Engine, writing
from tests.dashboard.api.open311.open311_client import V2, faults, post
from tests.dashboard.conftest import a_render_context
from tests.factories import MINUTE, a_case, a_history, stored

WRONG = "start_date=x&end_date=y&status=z&page=p&page_size=s&bbox=1&updated_after=u&service_code=nonsense"


@pytest.fixture
def url(sqlite_url: str) -> str:
    """None of this depends on the kind of database."""
    return sqlite_url


@pytest.fixture
def kept(app: App) -> list[str]:
    """Codes of requests of sampah, jalan_rusak and longsor, the younger first; the second is closed."""
    now, made = clock.now().replace(microsecond=0), []
    with writing(app.engine) as conn:
        for hours, category in ((1, "sampah"), (2, "jalan_rusak"), (3, "longsor")):
            case, ends = a_case(category), {"resolved": 5 * MINUTE} if hours == 2 else {}
            stored(conn, case, a_history(now - timedelta(hours=hours), dispatched=MINUTE, **ends), now)
            made.append(case.code)
    return made


def get(app: App, path: str, **headers: str) -> Any:
    answer = app.flask.test_client().get(f"{V2}/{path}", headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer.get_data()  # a download ends when it has been read
    return answer


def codes(app: App, query: str) -> list[str]:
    answer = get(app, f"requests.json?{query}")
    assert answer.status_code == 200, answer.text
    return [each["service_request_id"] for each in answer.json]


def test_ids_override_all_other_arguments_right_or_wrong(app: App, kept: list[str]):
    asked = f"service_request_id={kept[0]},{kept[1]}"
    for other in (WRONG, "status=open&page=7&page_size=1", "start_date=2001-01-01T00:00:00Z&bbox=0,0,1,1"):
        assert codes(app, f"{asked}&{other}") == kept[:2]
    assert kept[0] in get(app, f"requests.csv?{asked}&{WRONG}").text


def test_as_many_ids_as_are_taken_fit_into_the_longest_line_that_the_server_reads():
    ids = "%2C".join(["AW-2611-12345"] * IDS_MOST)
    line = f"GET {V2}/requests.json?service_request_id={ids}&jurisdiction_id=batukota.go.id HTTP/1.1\r\n"
    assert len(line) <= Gunicorn().limit_request_line


def test_one_id_too_many_is_told(app: App):
    answer = get(app, "requests.json?service_request_id=" + ",".join(map(str, range(IDS_MOST + 1))))
    assert faults(answer) == [f"service_request_id names {IDS_MOST + 1} requests: at most {IDS_MOST} at once"]


def test_a_list_may_be_told_in_several_arguments(app: App, kept: list[str]):
    assert codes(app, f"service_request_id={kept[0]}&service_request_id={kept[1]},{kept[2]}") == kept
    assert codes(app, "service_code=sampah&service_code=longsor") == [kept[0], kept[2]]
    assert codes(app, "status=open&status=closed") == kept
    assert codes(app, "status=open&status=open") == [kept[0], kept[2]]


def test_any_other_argument_that_comes_twice_must_say_the_same(app: App, kept: list[str]):
    assert codes(app, "page_size=2&page_size=2&page=&page=1") == kept[:2]
    answer = get(app, "requests.json?page_size=2&page_size=3&extensions=true&extensions=false")
    told = faults(answer)
    assert told == [f"{name} is given twice, with different values" for name in ("extensions", "page_size")]


@pytest.mark.parametrize("nothing", ["", "null", "%20", "&{0}=null"])
def test_an_argument_that_is_empty_or_null_is_none(app: App, kept: list[str], nothing: str):
    names = (
        "service_request_id service_code start_date end_date status updated_after updated_before bbox page extensions"
    )
    query = "&".join(f"{name}={nothing.format(name)}" for name in names.split())
    assert codes(app, query) == kept


def test_every_fault_of_a_question_is_told_at_once_whatever_it_is_about(app: App):
    answer = get(app, "requests.xml?start_date=x&extensions=perhaps&service_code=nonsense,sampah")
    assert answer.status_code == 400
    assert [f"<code>{code}</code>" in answer.text for code in (400, 404)] == [True, True]
    assert answer.text.count("<error>") == 3


@pytest.mark.parametrize("at", ["2026-01-01t00:00:00z", "2026-01-01T00:00:00.5Z", "2026-01-01 07:00:00 07:00"])
def test_a_moment_may_be_written_in_any_way_that_its_standard_knows(app: App, kept: list[str], at: str):
    assert codes(app, f"updated_after={at}") == kept[::-1]


def test_what_is_no_moment_is_told_with_what_would_be_right(app: App):
    (told,) = faults(get(app, "requests.json?start_date=yesterday"))
    assert told == "start_date is 'yesterday': is no moment; right would be e.g. 2026-11-24T07:00:00Z"


def test_a_window_that_is_a_second_too_long_is_refused_and_the_longest_one_is_not(app: App, kept: list[str]):
    assert codes(app, "start_date=2026-01-01T00:00:00Z&end_date=2026-04-01T00:00:00Z") == []
    answer = get(app, "requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-04-01T00:00:01Z")
    assert faults(answer) == ["the window spans more than 90 days; ask piece by piece"]


def test_an_answer_whose_format_the_header_chose_says_so_to_caches(app: App):
    assert [get(app, path).headers.get("Vary") for path in ("discovery", "discovery.json")] == ["Accept", None]
    assert set(get(app, "services/sampah", Accept_Encoding="gzip").headers.getlist("Vary")) >= {"Accept"}
    assert get(app, "nothing").headers["Vary"] == "Accept"


def test_a_file_is_not_compressed_for_whoever_declines(app: App):
    assert "Content-Encoding" not in get(app, "requests.csv", Accept_Encoding="gzip;q=0, identity").headers


def test_pages_of_any_origin_may_read_what_everybody_may_and_nothing_that_takes_a_key(app: App, key: str):
    for path in ("discovery.json", "requests.xml", "services/nonsense.json", "requests.csv"):
        assert get(app, path, Origin="https://peta.example.id").headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in post(app, key, {"Origin": "https://peta.example.id"}).headers


def test_a_village_that_was_reported_by_its_code_is_told_by_it(app: App, key: str):
    (given,) = post(app, key, lat="", long="", address_id="35.79.01.1001").json or []
    (found,) = get(app, f"requests/{given['service_request_id']}.json").json
    assert (found["address_id"], found["lat"]) == ("35.79.01.1001", None)


@pytest.mark.parametrize(("demo", "said"), [(False, "production"), (True, "test")])
def test_a_stage_announces_itself_as_a_test(config: Config, home: Home, engine: Engine, demo: bool, said: str):
    app = create_app(a_render_context(replace(config, demo=demo)), home, engine)
    assert get(app, "discovery.json").json["endpoints"][0]["type"] == said


@pytest.mark.parametrize(("size", "status"), [(0, 400), (1, 200), (1000, 200), (1001, 400), (5000, 400)])
def test_a_page_of_another_size_than_was_asked_is_never_given(app: App, kept: list[str], size: int, status: int):
    answer = get(app, f"requests.json?page_size={size}")
    assert answer.status_code == status
    if status == 200:
        assert [each["service_request_id"] for each in answer.json] == kept[:size]
    else:
        assert [each["description"] for each in answer.json] == [f"page_size is '{size}': right would be 1 to 1000"]
