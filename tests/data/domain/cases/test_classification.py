"""What a report complains of: phrases, things with their problems, and what takes their weight away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.domain.cases.classification import Classification, Classifier
from data.domain.city.model import Category, Priority, Topic
from data.domain.reasons import decode_reason, encode_reason
from data.texts import LANGUAGES, texts
from tests.data.domain.small_city import a_city

TOPICS = (
    Topic("jalan", phrases=("lubang",), things=("jalan", "jembatan"), problems=("rusak", "retak"), hints=("jatuh",)),
    Topic(
        "lampu", phrases=("lampu jalan",), things=("lampu", "lampu jalan"), problems=("mati", "tidak nyala", "kedip")
    ),
    Topic("sampah", phrases=("sampah", "tps"), things=("plastik", "tps"), problems=("buang", "angkut"), hints=("bau",)),
    Topic("pohon", phrases=("pohon tumbang", "tebang pohon"), things=("pohon",), problems=("roboh",)),
    Topic("macet", phrases=("macet",)),
    Topic(
        "lain", "sekolahan", phrases=("guru",), things=("sekolah", "guru"), problems=("bocor", "pungut"), lacking=True
    ),
    Topic("lain", "triase", phrases=("listrik padam",)),
)


def a_classifier() -> Classifier:
    plain = a_city()
    like = plain.categories["jalan"]
    more: dict[str, Category] = {
        code: replace(like, code=code, agency=agency) for code, agency in (("lampu", "terang"), ("macet", "dishub"))
    }
    pohon = replace(plain.categories["pohon"], priority=Priority.CRITICAL)
    return Classifier(replace(plain, categories={**plain.categories, **more, "pohon": pohon}, topics=TOPICS))


CLASSIFIER = a_classifier()


def classified(text: str) -> Classification:
    return CLASSIFIER.classify(text)


def chosen(text: str) -> str | None:
    """The category, with the agency where it is another than the category's; None is triage."""
    found = classified(text).chosen
    return found and (f"{found.category}.{found.agency}" if found.agency else found.category)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lampu jalan mati", "lampu"),
        ("lampu jln dpn pasar gk nyala", "lampu"),
        ("lampune mati kabeh", "lampu"),
        ("Lampu yang di sana tidak menyala", "lampu"),
        ("LAMPUUUU MATIIII", "lampu"),
        ("lampu", None),
        ("mati", None),
        ("Jalan berlubang-lubang", "jalan"),
        ("jalannya rusak parah pak", "jalan"),
        ("kerusakan jembatan makin besar", "jalan"),
        ("jalan", None),
        ("anak saya jatuh", None),
        ("mbuang plastik sembarangan", "sampah"),
        ("sampha menumpuk", "sampah"),
        ("Pohonnya tumbang!", "pohon"),
        ("", None),
        ("?!.,", None),
        ("Terima kasih", None),
    ],
)
def test_forms_and_spellings_of_what_is_complained_of_are_understood(text: str, expected: str | None):
    assert chosen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jalan berlubang di dekat sekolah", "jalan"),
        ("Sampah menumpuk depan sekolah, bocor ke jalan", "sampah"),
        ("Sampah di Jl. Sekolah", "sampah"),
        ("Dekat TPS jalan rusak", "jalan"),
        ("di jalan Guru ada sampah", "sampah"),
        ("Saya ketemu teman di sekolah", None),
        ("disekolah banyak sampah", "sampah"),
        ("Dinas sampah dan pohon", None),
        ("Jl. Mawar lampu mati", "lampu"),
        ("Jalan Melati rusak", "jalan"),
        ("Sampah di Jl.Melati nomor 2.500 belum diangkut", "sampah"),
        ("Sekolah kami bocor", "lain.sekolahan"),
        ("di sekolah ada pungutan", "lain.sekolahan"),
    ],
)
def test_what_is_complained_of_goes_before_where_it_is(text: str, expected: str | None):
    assert chosen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tidak ada sampah di sini", None),
        ("bukan sampah, tapi jalannya rusak", "jalan"),
        ("Bukan soal jalan rusak tapi sampah menumpuk", "sampah"),
        ("tidak ada guru", "lain.sekolahan"),
        ("Sampahnya sudah diangkut, terima kasih", None),
        ("Sampah sudah pernah diangkut, sekarang menumpuk lagi", "sampah"),
        ("sudah dilaporkan tapi sampah belum diangkut", "sampah"),
        ("Sampah sudah menumpuk, tolong diangkut", "sampah"),
        ("Sampah di tepi jalan sudah penuh mohon segera diangkut", "sampah"),
        ("Pohon sudah tumbang, mohon dievakuasi", "pohon"),
        ("Sampah telah diangkut", None),
        ("Sampah sudah diangkut dan tidak bau lagi", None),
        ("Sudah tidak bau. Sampah sudah diangkut, menumpuk lagi", "sampah"),
        ("Lampu jalan mati sudah menyala kembali", None),
        ("Kabar pohon tumbang ternyata hoax", None),
        ("Macet karena pohon tumbang", "pohon"),
        ("Lampu jalan mati sehingga macet", "lampu"),
        ("Jalan retak, takut pohon roboh", "jalan"),
    ],
)
def test_what_is_denied_over_feared_or_a_consequence_does_not_decide(text: str, expected: str | None):
    assert chosen(text) == expected


@pytest.mark.parametrize("text", ["Listrik padam di kampung kami", "Sampah. Lampu jalan."])
def test_what_nobody_does_or_two_might_goes_to_triage(text: str):
    assert chosen(text) is None
    assert classified(text).proposals


def test_the_two_likeliest_are_proposed_with_the_citizen_s_words():
    first, second = classified("Sampah menumpuk. Lampu jalan pada mati. Guru").proposals
    assert {first.category, second.category} == {"sampah", "lampu"}
    assert "Lampu jalan mati".casefold().split()[0] in " ".join((*first.said, *second.said))


def test_an_emergency_goes_before_what_else_is_told():
    assert chosen("Ada pohon tumbang, lampu jalan mati") == "pohon"


def test_the_longest_phrase_counts_and_its_words_count_once():
    [only] = classified("lampu jalan").proposals
    assert (only.category, only.said) == ("lampu", ("lampu jalan",))


def test_confidence_grows_with_the_evidence_and_the_lead():
    clear, faint = classified("Lampu jalan mati").confidence, classified("Lampu jalan mati. Sampah").confidence
    assert classified("").confidence == 0.0 < faint < clear <= 1.0


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("text", ["Lampu jalan mati", "Sampah. Lampu jalan mati. Guru bocor", "Halo"])
def test_why_is_a_stored_reason_with_a_sentence_in_both_languages(text: str, lang: str):
    why = classified(text).as_reason()
    assert decode_reason(encode_reason(why)) == why
    assert "{" not in texts(lang).sentence(why)


def test_a_text_of_four_thousand_characters_is_read_to_an_end():
    assert chosen("yang " * 350 + "sampah") == "sampah"
    assert chosen("x" * 4000) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Pohon tumbang di depan rumah", True),
        ("Takut pohon tumbang", True),
        ("Pohon tumbang sudah dievakuasi", False),
        ("Tidak ada pohon tumbang", False),
        ("Kabar pohon tumbang itu hoaks", False),
    ],
)
def test_what_is_over_or_never_happened_confirms_no_label(text: str, told: bool):
    assert CLASSIFIER.speaks_of("pohon", text) is told
