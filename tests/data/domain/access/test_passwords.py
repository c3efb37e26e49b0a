"""What a password must be: long enough, and none that is tried first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.domain.access.passwords import LEAST, LEAST_WITH_SECOND_FACTOR, MOST, fault_of
from data.reference.passwords.lists import common_passwords

COMMON = common_passwords()


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password12345678",
        "P4ssw0rd!!2024Batu",
        "rahasia rahasia 1",
        "KotaBatu-KotaBatu-2026",
        "amongwarga-admin-1",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababab",
        "123456789012345",
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv",
        "zyxwvutsrqponmlk",
        "bismillah12345!",
        "qwerty-administrator-123",
        "sunshine-princess-1998",
        "5uN5h1n3pr1nc355!!",
        "aremania.indonesiaraya",
        "CintaKu Sayangku 99",
        "trustno1-batu-2026",
        "arema 17-08-1945 17081945",
    ],
)
def test_6_2_4_what_is_tried_first_is_refused(password: str):
    assert fault_of(password, "siti", COMMON, second_factor=False) == "common"


@pytest.mark.parametrize(
    "password",
    [
        "kopi jendela ungu sepeda",
        "hujan-di-bulan-juni",
        "Xk7#mQ2vLp9$wZ4",
        "839201750294857",
        "pasir garuda melati tiga",
        "мой дядя самых честных",
        "ini rumah kami di lereng",
    ],
)
def test_what_nobody_guesses_first_is_taken(password: str):
    assert fault_of(password, "siti", COMMON, second_factor=False) is None


@pytest.mark.parametrize(
    "password", ["17081945", "iloveyou", "Garuda45", "aremania", "t1g3r-2024", "qwertyui", "starwars"]
)
def test_6_2_4_what_is_tried_first_is_refused_beside_a_second_factor_too(password: str):
    assert fault_of(password, "siti", COMMON, second_factor=True) == "common"


def test_6_2_4_words_that_everybody_knows_of_the_account_count_for_nothing():
    password = "lingkungan hidup dlh 7"
    assert fault_of(password, "siti", COMMON, second_factor=False) is None
    known = COMMON.about("dlh", "DLH", "Dinas Lingkungan Hidup", "Kota Batu")
    assert fault_of(password, "siti", known, second_factor=False) == "common"


def test_6_2_4_the_lists_hold_some_thousands_and_no_line_that_never_counts():
    assert len(COMMON.listed) > 3000
    assert COMMON.parts > {"batu", "batt", "among", "admin"}
    assert not [word for word in COMMON.listed | COMMON.parts if word != word.casefold().strip() or len(word) < 3]


def test_6_2_1_a_second_factor_makes_eight_characters_enough():
    assert fault_of("melatiku", "siti", COMMON, second_factor=True) is None
    assert fault_of("melatik", "siti", COMMON, second_factor=True) == "short"
    assert fault_of("melatiku", "siti", COMMON, second_factor=False) == "short"


@pytest.mark.parametrize("password", ["halo-SITI.aminah-77", "sitiaminahdarisisir"])
def test_ones_own_name_is_refused(password: str):
    assert fault_of(password, "siti.aminah", COMMON, second_factor=False) == "name"


@given(st.text(), st.text(max_size=20), st.booleans())
def test_no_text_fails_and_the_length_decides_first(password: str, name: str, second_factor: bool):
    least = LEAST_WITH_SECOND_FACTOR if second_factor else LEAST
    found = fault_of(password, name, COMMON, second_factor=second_factor)
    assert (found == "short") == (len(password) < least)
    assert found in {"short", "long", "name", "common", None}


def test_sixty_four_characters_and_more_are_allowed():
    long = "kopi jendela ungu sepeda " * 10
    assert fault_of("k" + long, "siti", COMMON, second_factor=False) is None
    assert fault_of("x" * (MOST + 1), "siti", COMMON, second_factor=False) == "long"
