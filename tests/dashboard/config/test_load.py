"""config.yaml: read whole, or refused with everything that is wrong with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from dashboard.config.faults import ConfigFaults, read_yaml
from dashboard.config.load import Config, load
from dashboard.config.models import BackupSettings, MailSettings, Settings
from dashboard.config.sections.citizens import MessageSettings
from data.domain.city.model import TRIAGE, Priority
from tests.code_checks import ROOT
from tests.yaml_files import SHORT, WHOLE, parsed, write_yaml

TODAY = date(2026, 11, 24)
TEXT = SHORT


@pytest.fixture(scope="module")
def config() -> Config:
    return load(ROOT / "config.yaml", TODAY)


MAIL = "host: smtp.kota.id, sender: b@kota.id"
LOGIN = f"{MAIL}, user: b, password_env: P"


def faults_of(text: str, tmp_path: Path, today: date = TODAY) -> dict[str, str]:
    """The faults of a configuration by path."""
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigFaults) as caught:
        load(path, today)
    return {fault.where: f"{fault.wrong}; {fault.right}" for fault in caught.value.faults}


def test_the_citys_configuration_has_no_faults(config: Config):
    assert len([code for code in config.city.categories if code != "lainnya"]) == 12
    assert set(config.screens) == {"peta", "antrean", "waktu", "kinerja", "pasar", "kota"}
    assert config.city.agencies[TRIAGE].short == "Triase"


def test_emergencies_run_around_the_clock(config: Config):
    city = config.city
    for code in ("kebakaran", "longsor", "pohon_tumbang"):
        category = city.categories[code]
        assert category.priority is Priority.CRITICAL
        assert city.calendars[city.policies[category.policy][-1].calendar][0].always


def test_reports_of_drugs_are_private_and_nothing_else_is(config: Config):
    assert [code for code, category in config.city.categories.items() if category.private] == ["narkoba"]


def test_the_office_has_its_own_hours_on_friday_and_37_and_a_half_a_week(config: Config):
    hours = config.city.calendars["kantor"][0].hours
    assert hours[4] != hours[0]
    assert (
        sum(
            (end.hour * 60 + end.minute) - (start.hour * 60 + start.minute)
            for windows in hours.values()
            for start, end in windows
        )
        == 37.5 * 60
    )


def test_the_legal_limits_are_those_of_sp4n(config: Config):
    assert {code: it.limit.working_days for code, it in config.city.classes.items()} == {
        "pengawasan": 60,
        "pengaduan": 14,
        "informasi": 5,
        "aspirasi": 5,
    }


def test_villages_in_rules_become_codes_and_times_become_times(config: Config):
    rule = next(rule for rule in config.city.rules if rule.villages)
    assert rule.villages == ("35.79.01.1004", "35.79.01.1002")
    assert (rule.after, rule.before, rule.weekdays) == (time(17), time(23), (5, 6))


def test_lengths_of_time_are_read_as_written(config: Config):
    policy = config.city.policies["fisik"][0]
    assert (policy.respond, policy.resolve) == (timedelta(hours=7.5), timedelta(hours=52.5))
    incident = config.city.categories["jalan_rusak"].incident
    assert incident is not None
    assert incident.window == timedelta(days=14)


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        ("agency: dpupr\n", "agency: dpupt\n", "categories.jalan_rusak.agency", "did you mean dpupr?"),
        (
            "    policy: fisik\n    priority: normal",
            "    policy: fisk",
            "categories.jalan_rusak.policy",
            "did you mean fisik?",
        ),
        ("calendar: 24x7\n    silent_after: 1h", "calendar: 24x8", "agencies.bpbd.calendar", "did you mean 24x7?"),
        ("legal_calendar: kantor", "legal_calendar: kantr", "city.legal_calendar", "did you mean kantor?"),
        ("closes_after: 7d", "closes_after: 11d", "categories.iklan_liar.closes_after", "raise pauses.citizen.cap"),
        ("default: biasa", "default: bias", "escalation.default", "did you mean biasa?"),
        ("{at: 0.75, to: head}", "{at: 0.4, to: head}", "escalation.ladders.biasa.1.at", "a ladder goes up"),
        ("{at: 1.0, to: mayor}", "{at: 1.0, to: major}", "escalation.ladders.biasa.3.to", "mayor"),
        ("{at: 0, to: assistant}", "{at: 0, to: agency}", "escalation.ladders.petani.0.at", "only the assistant"),
        ("board: [mayor]", "board: [mayor, assistant]", "escalation.board", "is no escalation"),
        ("{rahasia: tertutup,", "{rahasja: tertutup,", "escalation.policies.rahasja", "did you mean rahasia?"),
        ('to: "06:00"}', 'to: "20:00"}', "escalation.quiet.to", "set quiet to null"),
        ("supervisor: []", 'supervisor: ["0812 3456 789"]', "escalation.receivers.supervisor.0", "messages.webhook"),
        ("    mayor: [] #", "    mayor: [w@kota.id] #", "escalation.receivers.mayor.0", "the section mail"),
        ("    head: {}", "    head: {dhl: []}", "escalation.receivers.head.dhl", "did you mean dlh?"),
        ("default_class: pengaduan", "default_class: aduan", "city.default_class", "names no class"),
        ("pauses: [citizen, weather]", "pauses: [citizn]", "policies.darurat.0.pauses.0", "did you mean citizen?"),
        ("boards: {queue_board: 1}", "boards: {queue_bord: 1}", "screens.antrean.boards.queue_bord", "queue_board?"),
        ("boards: {queue_board: 1}", "boards: {ticker: 1}", "screens.antrean.boards.ticker", "stands on every wall"),
        ("villages: [Sisir, Ngaglik]", "villages: [Sisr]", "routing.2.villages.0", "did you mean Sisir?"),
        ("  - category: pju ", "  - category: pjuu ", "topics.0.category", "did you mean pju?"),
        ("    agency: bpbd # Who", "    agency: bpbdd # Who", "agency", "did you mean bpbd?"),
        ("hints: [pajak, tagihan]", "hints: [yang sangat]", "hints.0", "holds only words that every text has"),
        ("timezone: Asia/Jakarta", "timezone: Asia/Jakrta", "city.timezone", "did you mean Asia/Jakarta?"),
        ("port: 8600", "port: 86000", "server.port", "less than or equal to 65535"),
        ("port: 8600", "prot: 8600", "server.prot", "did you mean port?"),
        ("port: 8600 ", "# port: ", "server.port", "is missing"),
        ("verify: 5m", "verify: 5d", "policies.darurat.0.verify", "give hours"),
        ("verify: 5m", "verify: soon", "policies.darurat.0.verify", "no length of time"),
        ("resolve: 6h", "resolve: 3h", "policies.darurat.0.hold", "longer than resolve"),
        ("silent_after: 30m", "silent_after: 30", "agencies.damkar.silent_after", "45m or 7h30m"),
        ("letter: K", "letter: J", "categories.kebakaran.letter", "used twice"),
        ("words: [narkotika", "words: [macet", "categories.narkoba.words", "already means kemacetan"),
        ("priority: low", "priority: lo", "categories.iklan_liar.priority", "'critical', 'high', 'normal' or 'low'"),
        ("  dlh:\n", "  dlh: {}\n  dlh:\n", "agencies.dlh", "given twice"),
        ('fri: ["07:30-11:30"', 'fri: ["11:30-07:30"', "calendars.kantor.hours.fri.0", "ends before it starts"),
        ('fri: ["07:30-11:30"', 'fri: ["7.30-11:30"', "calendars.kantor.hours.fri.0", "no time of day"),
        ('["07:30-11:30", "13:00', '["07:30-11:30", "11:00', "calendars.kantor.hours.fri", "overlap"),
        ("      fri:", "      fry:", "calendars.kantor.hours.fry", "'fri'"),
        ("days_off: {}", "days_off: {2027-02-30: X}", "(file)", "is no YAML"),
        ("working_days: []", "working_days: [2026-11-24]", "holidays.working_days.0", "no holiday anyway"),
        ("warn_at: 0.75", "warn_at: 75", "city.warn_at", "less than or equal to 0.95"),
        ("desk_m: 3 ", "desk_m: 9 ", "screens.peta.desk_m", "farther than farthest_m"),
        ("tiles_url: null", "tiles_url: example.org", "map.tiles_url", "pattern"),
        ("- version: 1 #", "- version: 2 #", "policies.darurat", "1, 2, 3"),
        ("  triase: #", "  triasi: #", "agencies.triase", "must exist"),
        ("  lainnya: #", "  lain: #", "categories.lainnya", "is missing"),
        ("  daily: 7", "  daily: -1", "backup.daily", "greater than or equal to 0"),
        ("  every: 1d", "  every: daily", "backup.every", "no length of time"),
        ("  key_env: null", "  key_env: /etc/key", "backup.key_env", "pattern"),
        ("  mail_to: []", "  mail_to: [kota]", "report.mail_to.0", "pattern"),
        ("  mail_to: []", "  mail_to: [a@kota.id]", "report.mail_to", "needs a mail server"),
        ("  email: false", "  email: true", "messages.email", "needs a mail server"),
        ("\nmail: null", f"\nmail: {{{MAIL}, to: [a@kota.id]}}", "mail.to", "no known key"),
        ("\nmail: null", f"\nmail: {{{MAIL}, user: b}}", "mail.password_env", "needs both"),
        ("\nmail: null", f"\nmail: {{{MAIL}, user: b, password_env: P, security: none}}", "mail.security", "tls"),
        ("server: #", "sever: #", "sever", "did you mean server?"),
        ("server: #", "sever: #", "server", "is missing"),
        ("routing: #", "routing: [] #", "(file)", "is no YAML"),
    ],
)
def test_a_fault_is_named_with_its_path_and_what_would_be_right(
    old: str, new: str, path: str, said: str, tmp_path: Path
):
    text = TEXT if old in TEXT else WHOLE
    assert old in text
    faults = faults_of(text.replace(old, new, 1), tmp_path)
    assert said in faults.get(path, f"not named; named were {faults}")


RAMADAN = "{name: Ramadan, from: 2027-02-08, to: 2027-03-09, hours: {mon: ['08:00-15:00']}}"


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        (
            "seasons: []",
            "seasons: [{}]".format(RAMADAN.replace("02-08", "05-08")),
            "seasons.0.to",
            "is before 2027-05-08",
        ),
        ("seasons: []", f"seasons: [{RAMADAN}, {RAMADAN}]", "seasons.1.from", "lies in 'Ramadan' (2027-02-08 to 2027"),
        ("seasons: []", f"seasons: [{RAMADAN.replace('mon:', 'mno:')}]", "seasons.0.hours.mno", "'mon'"),
        ("seasons: []", "seasons: [{}]".format(RAMADAN.replace("'08:00-15:00'", "")), "seasons.0.hours", "is empty"),
        (
            "seasons: []",
            "seasons: [{}]".format(RAMADAN.replace("'08", "'07:00-09:00', '08")),
            "seasons.0.hours.mon",
            "overlap",
        ),
        (
            "seasons: []",
            f"seasons: [{RAMADAN.replace('from:', 'form:')}]",
            "seasons.0.form",
            "did you mean from?",
        ),
        ("days: {}", "days: {2027-01-04: {name: X, hours: []}}", "days.2027-01-04.hours", "write closed: true"),
        ("days: {}", "days: {2027-01-04: {name: X}}", "days.2027-01-04", "says nothing of its hours"),
        ("days: {}", "days: {2027-01-04: {name: X, open: true, closed: true}}", "days.2027-01-04", "closed and open"),
        ("days: {}", "days: {2027-01-03: {name: X, open: true}}", "days.2027-01-03", "is a sun without hours"),
        ("days: {}", "days: {besok: {name: X, closed: true}}", "days.besok", "no usable name"),
        (
            "days: {}",
            "days: {2027-01-04: {name: X, hours: ['08:00-10:00', '09:00-11:00']}}",
            "days.2027-01-04.hours",
            "overlap",
        ),
    ],
)
def test_a_fault_of_dated_hours_is_named(old: str, new: str, path: str, said: str, tmp_path: Path):
    faults = faults_of(TEXT.replace(old, new, 1), tmp_path)
    assert said in faults.get(f"calendars.kantor.{path}", f"not named; named were {faults}")


def test_a_calendar_that_is_always_open_has_no_dated_hours(tmp_path: Path):
    text = TEXT.replace("    always: true", f"    seasons: [{RAMADAN}]\n    always: true", 1)
    assert "around the clock" in faults_of(text, tmp_path)["calendars.24x7.seasons"]


def test_the_example_of_ramadan_in_the_comments_is_a_season_of_32_and_a_half_hours_a_week(tmp_path: Path):
    """Perpres 21/2023."""
    text = TEXT.replace("    seasons: []", "    seasons:", 1).replace("    days: {}", "    days:", 1)
    text = re.sub(
        r"^    # (- name: Ramadan| +(from|to|hours|mon|tue|wed|thu|fri)|20\d\d-)", r"      \1", text, flags=re.M
    )
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    (calendar,) = load(tmp_path / "config.yaml", TODAY).city.calendars["kantor"]
    (season,) = calendar.seasons
    assert (season.name, season.first, season.last) == ("Ramadan", date(2027, 2, 8), date(2027, 3, 9))
    lengths = [
        (end.hour * 60 + end.minute) - (start.hour * 60 + start.minute)
        for windows in season.hours.values()
        for start, end in windows
    ]
    assert sum(lengths) == 32.5 * 60
    assert [dated.hours for dated in calendar.days.values()] == [None, ((time(7, 30), time(12)),), ()]


TANYA = (
    "    - {version: 1, calendar: kantor, verify: 1h, respond: 7h30m, resolve: 22h30m, hold: 15h, pauses: [citizen]}\n"
)


def with_second_version(extra: str) -> str:
    """config.yaml with another version of the policy `tanya`."""
    return TEXT.replace(TANYA, TANYA + TANYA.replace("version: 1", f"version: 2{extra}").replace("15h", "20h"), 1)


def with_calendar_versions(second: str) -> str:
    """config.yaml with the field crews' calendar as a list of two versions."""
    first = '{version: 1, always: false, hours: {mon: ["06:00-18:00"]}}'
    before, _, rest = TEXT.partition("  lapangan:")
    return f"{before}  lapangan:\n    - {first}\n    - {second}\n\nholidays:{rest.partition('holidays:')[2]}"


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        (with_second_version(""), "policies.tanya.1.from", "give the first day of receipt"),
        (with_second_version(", from: soon"), "policies.tanya.1.from", "valid date"),
        (with_second_version(", form: 2027-01-01"), "policies.tanya.1.form", "did you mean from?"),
        (with_calendar_versions("{version: 2, always: true}"), "calendars.lapangan.1.from", "is missing"),
        (
            with_calendar_versions("{version: 3, from: 2027-01-01, always: true}"),
            "calendars.lapangan",
            "right would be 1, 2, 3",
        ),
        (
            with_calendar_versions('{version: 2, from: 2027-01-01, always: false, hours: {mon: ["8-9"]}}'),
            "calendars.lapangan.1.hours.mon.0",
            "no time of day",
        ),
        (
            with_second_version(", from: 2027-02-01").replace(
                "{version: 1, calendar: kantor, verify: 1h, respond: 7h30m, resolve: 22",
                "{version: 1, from: 2027-02-01, calendar: kantor, verify: 1h, respond: 7h30m, resolve: 22",
            ),
            "policies.tanya.1.from",
            "is not after 2027-02-01",
        ),
    ],
)
def test_a_fault_of_versions_is_named(text: str, path: str, said: str, tmp_path: Path):
    assert said in faults_of(text, tmp_path).get(path, f"not named: {faults_of(text, tmp_path)}")


def test_versions_begin_on_a_day_and_a_calendar_that_never_changed_needs_no_list(tmp_path: Path):
    path = tmp_path / "config.yaml"
    path.write_text(with_second_version(", from: 2027-01-01"), encoding="utf-8")
    city = load(path, TODAY).city
    assert [(it.version, it.since) for it in city.policies["tanya"]] == [(1, None), (2, date(2027, 1, 1))]
    path.write_text(with_calendar_versions("{version: 2, from: 2027-01-01, always: true}"), encoding="utf-8")
    calendars = load(path, TODAY).city.calendars
    assert [(it.version, it.since) for it in calendars["lapangan"]] == [(1, None), (2, date(2027, 1, 1))]
    assert [it.version for it in calendars["kantor"]] == [1]


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path):
    text = (
        TEXT.replace("agency: dpupr\n", "agency: dpupt\n")
        .replace("port: 8600", "port: 0")
        .replace("- version: 1 #", "- #")
    )
    faults = list(faults_of(text, tmp_path))
    assert faults == ["policies.darurat.0.version", "categories.jalan_rusak.agency", "server.port"]


def test_a_fault_names_its_line(tmp_path: Path):
    path = tmp_path / "config.yaml"
    path.write_text(TEXT.replace("port: 8600", "port: none"), encoding="utf-8")
    with pytest.raises(ConfigFaults, match=r"config.yaml:\d+  server.port is 'none'") as caught:
        load(path, TODAY)
    line = int(str(caught.value).split("config.yaml:")[1].split()[0])
    assert "port: none" in path.read_text(encoding="utf-8").splitlines()[line - 1]


@pytest.mark.parametrize(
    "text", ["", "just words", "- a\n- list", "city: [", "a: 1\na: 2", "\tcity:", "city: &a\n  <<: *a"]
)
def test_what_is_no_configuration_at_all_is_refused(text: str, tmp_path: Path):
    assert faults_of(text, tmp_path)


def test_the_coming_years_holidays_must_be_known(tmp_path: Path):
    faults = faults_of(TEXT, tmp_path, today=date(2400, 1, 1))
    assert "update it" in faults["holidays"]


def test_a_key_given_twice_is_found_at_every_depth():
    document = read_yaml("a:\n  b: 1\n  c:\n    - {d: 1, d: 2}\n  b: 3\n")
    assert [(fault.where, fault.wrong) for fault in document.faults] == [
        ("a.c.0.d", "is given twice, first in line 4"),
        ("a.b", "is given twice, first in line 2"),
    ]


def test_every_key_that_the_models_know_stands_in_the_configuration():
    known = parsed(WHOLE)
    missing = [name for name in Settings.model_fields if name not in known]
    assert missing == []


def test_a_configuration_of_before_the_backups_still_loads_and_takes_none(config: Config, tmp_path: Path):
    document = parsed(TEXT)
    del document["backup"]
    write_yaml(tmp_path / "config.yaml", document)
    assert load(tmp_path / "config.yaml", TODAY).backup == BackupSettings() == config.backup
    assert config.backup.folder is None


def test_the_demonstration_takes_no_backups(config: Config):
    named = replace(config, backup=BackupSettings(folder="x"))
    assert named.as_demo("demo").backup.folder is None


def test_the_demonstration_mails_nothing(config: Config):
    mail, report = MailSettings(host="smtp.kota.id", sender="b@kota.id"), {"mail_to": ["a@kota.id"]}
    mailing = replace(config, mail=mail, report=config.report.model_copy(update=report))
    mailing = replace(mailing, messages=MessageSettings(email=True))
    demo = mailing.as_demo("demo")
    assert (mailing.mails_reports, demo.mails_reports, demo.mail, demo.messages.email) == (True, False, None, False)


def test_the_city_is_the_same_in_every_process():
    """Walls load themselves anew when the build differs, and the build holds the city's repr."""
    program = "import gc; gc.disable(); from datetime import date; from pathlib import Path; "
    program += "from dashboard.config.load import load; "
    program += "print(repr(load(Path('config.yaml'), date(2026, 11, 24)).city))"
    other = {**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=other, capture_output=True, text=True)
    assert done.stdout.strip() == repr(load(ROOT / "config.yaml", date(2026, 11, 24)).city)


def test_people_are_counted_by_village_and_say_of_which_year_and_by_whom(tmp_path: Path):
    plain = "population: {year: %s, source: %s, villages: {%s}}"
    section = re.search(r"^population:.*?(?=^agencies:)", TEXT, re.M | re.S)
    assert section is not None

    def with_people(*values: str) -> str:
        return TEXT.replace(section[0], plain % values + "\n")

    good = tmp_path / "good.yaml"
    good.write_text(with_people("2025", "BPS", "Sisir: 20000, 35.79.01.1001: 18000"), encoding="utf-8")
    told = load(good, TODAY).city.population
    assert (told.people, told.year) == ({"35.79.01.1004": 20000, "35.79.01.1001": 18000}, 2025)
    faults = faults_of(with_people("null", "null", "Sisr: 1, Temas: 2, 35.79.01.1001: 3"), tmp_path)
    assert faults.keys() == {
        "population.villages.Sisr",
        "population.villages.35.79.01.1001",
        "population.year",
        "population.source",
    }
    assert "Sisir" in faults["population.villages.Sisr"]
    assert "population.villages.Temas" in faults_of(with_people("2025", "BPS", "Temas: 0"), tmp_path)
