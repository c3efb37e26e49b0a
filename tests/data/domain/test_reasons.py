"""Reasons: kept as code and parameters, told in the language of whoever reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.domain.reasons import Reason, decode_reason, encode_reason, reason
from data.texts import Texts, read_texts

ID = Texts("id", {"reason.value": "{column}: {why}", "reason.date": "'{value}' bukan tanggal", "reason.any": "{names}"})
EN = Texts("en", {"reason.value": "{column}: {why}", "reason.date": "'{value}' is no date", "reason.any": "{names}"})
A_REASON = reason("value", column="tgl", why=reason("date", value="kemarin"))


def test_a_reason_is_told_in_the_language_of_the_reader():
    assert ID.sentence(A_REASON) == "tgl: 'kemarin' bukan tanggal"
    assert EN.sentence(A_REASON) == "tgl: 'kemarin' is no date"


def test_several_reasons_are_told_in_one_line():
    assert EN.sentence([reason("date", value="x"), "lama"]) == "'x' is no date; lama"
    assert EN.sentence(reason("any", names=("a", reason("date", value="x")))) == "a; 'x' is no date"


def test_a_reason_comes_back_from_the_store_as_it_was():
    listed = reason("any", names=("a", A_REASON), n=3)
    assert decode_reason(encode_reason(listed)) == listed


@pytest.mark.parametrize("old", ["tgl: 'x' bukan tanggal", '{"code": 1}', '{"code": "x"', "", '{"code": "x"}'])
def test_what_an_earlier_version_kept_is_told_as_it_is(old: str):
    assert decode_reason(old) == old
    assert ID.sentence(decode_reason(old)) == old


def test_a_code_without_a_text_raises():
    with pytest.raises(KeyError, match=r"reason\.gone"):
        ID.sentence(Reason("gone"))


def test_a_key_that_stands_in_two_files_is_refused(tmp_path: Path):
    (tmp_path / "id").mkdir()
    for name in ("a", "b"):
        (tmp_path / "id" / f"{name}.yaml").write_text("unit:\n  days: hari\n")
    with pytest.raises(ValueError, match="days"):
        read_texts("id", tmp_path)
