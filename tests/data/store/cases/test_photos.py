"""Photos of cases: wanted, stored, refused; never a private one in public."""

from __future__ import annotations

from datetime import timedelta

from data.store.cases import photos
from data.store.citizens import privacy
from data.store.db.engine import Engine, reading, writing
from tests.factories import NOW, a_case, a_history
from tests.factories import stored as put
from tests.photo_rows import photos_of

LATER = NOW + timedelta(minutes=5)
LIES = photos.StoredPhoto("a" * 64, 640, 480, 1234)


def test_what_is_wanted_is_due_youngest_case_first_until_it_is_stored(engine: Engine):
    with writing(engine) as conn:
        first, second = put(conn, a_case(), a_history(NOW)), put(conn, a_case(), a_history(NOW))
        photos.add_pending(conn, [(first, "https://a.example/1.jpg"), (second, "https://a.example/2.jpg")], NOW)
        photos.add_pending(conn, [], NOW)
    with writing(engine) as conn:
        due = photos.due(conn, NOW, 10)
        assert [(each.case_id, each.url, each.source) for each in due] == [
            (second, "https://a.example/2.jpg", "api"),
            (first, "https://a.example/1.jpg", "api"),
        ]
        photos.fetched(conn, due[0].id, LIES)
        photos.postpone(conn, due[1].id, "silent", LATER)
    with reading(engine) as conn:
        assert photos.due(conn, NOW, 10) == []
        assert [(each.case_id, each.attempts) for each in photos.due(conn, LATER, 10)] == [(first, 1)]
        assert [(each.state, each.digest) for each in photos_of(conn, second)] == [("stored", "a" * 64)]
        assert photos.of_cases(conn, [first, second]) == {second: "a" * 64}


def test_a_photo_that_was_put_off_by_a_clock_that_ran_ahead_is_not_waited_for(engine: Engine):
    with writing(engine) as conn:
        mine = put(conn, a_case(), a_history(NOW))
        photos.add_pending(conn, [(mine, "https://a.example/1.jpg")], NOW + timedelta(days=300))
        (each,) = photos.due(conn, NOW, 10)
        photos.postpone(conn, each.id, "silent", NOW + timedelta(hours=2))
        assert photos.due(conn, NOW, 10) == []


def test_what_was_erased_while_it_was_fetched_stays_erased(engine: Engine):
    with writing(engine) as conn:
        mine = put(conn, a_case(), a_history(NOW))
        photos.add_pending(conn, [(mine, "https://a.example/1.jpg")], NOW)
        (due,) = photos.due(conn, NOW, 10)
        privacy.erase(conn, [mine], NOW, texts=True)
        assert not photos.fetched(conn, due.id, LIES)
        photos.refuse(conn, due.id, "no photo")
        assert [(each.state, each.digest, each.reason) for each in photos_of(conn, mine)] == [
            ("refused", None, privacy.ERASED)
        ]
        assert privacy.unused_photos(conn, {"a" * 64}) == ["a" * 64]


def test_what_was_refused_is_never_tried_again_and_says_why(engine: Engine):
    with writing(engine) as conn:
        mine = put(conn, a_case(), a_history(NOW))
        photos.add_pending(conn, [(mine, "https://a.example/1.jpg")], NOW)
        (due,) = photos.due(conn, NOW, 10)
        photos.refuse(conn, due.id, "no photo")
    with reading(engine) as conn:
        assert photos.due(conn, LATER, 10) == []
        assert [each.reason for each in photos_of(conn, mine)] == ["no photo"]


def test_what_is_brought_along_twice_is_there_once(engine: Engine):
    with writing(engine) as conn:
        mine = a_case()
        case_id = put(conn, mine, a_history(NOW))
        assert photos.add_received(conn, mine.code, LIES, NOW)
        assert photos.add_received(conn, mine.code, "a script", NOW)
        assert not photos.add_received(conn, mine.code, LIES, LATER)
        assert not photos.add_received(conn, mine.code, "a script", LATER)
        assert [(each.state, each.reason) for each in photos_of(conn, case_id)] == [
            ("stored", None),
            ("refused", "a script"),
        ]


def test_a_photo_is_public_only_while_no_private_case_has_it(engine: Engine):
    road, drugs = a_case(), a_case("narkoba")
    with writing(engine) as conn:
        first = put(conn, road, a_history(NOW))
        photos.add_received(conn, road.code, LIES, NOW)
    with reading(engine) as conn:
        assert photos.is_public(conn, "a" * 64)
        assert not photos.is_public(conn, "b" * 64)
        assert photos.of_cases(conn, [first]) == {first: "a" * 64}
    with writing(engine) as conn:
        second = put(conn, drugs, a_history(NOW))
        photos.add_received(conn, drugs.code, LIES, NOW)
        photos.add_received(conn, road.code, LIES._replace(digest="c" * 64), NOW)
    with reading(engine) as conn:
        assert not photos.is_public(conn, "a" * 64)
        assert photos.of_cases(conn, [first, second]) == {first: "c" * 64}
