"""Draws the pictures of docs/panduan and of the wall `kota` anew: `python -m tests.e2e.screenshots [FOLDER]`.

They are of the demonstration, in Bahasa Indonesia, pages in light, with few colours, so that each stays below 150 kB.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, Page, expect, sync_playwright

from data.domain.access.roles import Role
from data.reference.places.villages import VILLAGES
from tests.e2e.helpers import guide
from tests.e2e.helpers.people import SMALL_DESK, TELEPHONE, People, choose_photo, fill_in, people_at, send
from tests.e2e.helpers.server import ROOT, Installation, until
from tests.e2e.helpers.wall import CHROMIUM, FLAGS, hang

FOLDER = ROOT / "docs" / "img"
MOST_BYTES = 150_000
COLOURS = 200
GAP, GROUND = 24, "#d5d8dc"
CASES = 40
TEXT = "Jalan berlubang dalam di tikungan, sudah dua motor jatuh. Kalau malam tidak terlihat."
OTHERS = (
    ("sampah", "Sampah menumpuk di samping pasar", -7.8735, 112.5262),
    ("pju", "Lampu jalan mati sejak tiga malam", -7.8702, 112.5301),
    ("iklan_liar", "Spanduk liar menutup rambu", -7.8811, 112.5333),
    ("jalan_rusak", "Lubang dalam di tikungan dekat balai", -7.8791, 112.5277),
    ("kemacetan", "Parkir di badan jalan, macet tiap sore", -7.8688, 112.5240),
)


def main() -> None:
    """See the module."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with (
        tempfile.TemporaryDirectory(prefix="batt-gambar-") as home,
        closing(Installation(Path(home))) as house,
        sync_playwright() as play,
    ):
        house.serving = house.spawn("demo", "--port", str(house.port))
        until(lambda: "Ctrl-C" in house.log, 120, "the demonstration")
        until(lambda: house.rows('SELECT count(*) FROM "case"')[0][0] >= CASES, 300, f"{CASES} invented reports")
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        save(the_citys_wall(browser, house), folder / "kota.png")
        with people_at(browser, house) as people:
            draw(people, house, folder)
            draw_city(people, house, folder)
            draw_assistant(people, house, folder)
        browser.close()


def draw(people: People, house: Installation, folder: Path) -> None:
    """All pictures, along the way of one report."""
    citizen = worn(people.citizen(), house)
    fill_in(citizen, house, TEXT, "jalan_rusak", "0812 3456 7890", photo=a_street(), news=False)
    form = [
        shot(at(citizen, f"{house.url}{path}"))
        for path in ("/lapor", "/lapor/uraian", "/lapor/kontak", "/lapor/periksa")
    ]
    side_by_side(form, folder / "panduan-lapor.png")
    status = send(citizen)
    [(code,)] = house.rows('SELECT code FROM "case" WHERE text = ?', TEXT)

    for category, text, lat, long in OTHERS:
        house.accepted(text, service_code=category, lat=lat, long=long)
    desk = worn(people.logged_in(Role.OPERATOR, SMALL_DESK, name="rina"), house)
    at(desk, f"{house.url}/meja/{code}").wait_for_timeout(500)
    save(shot(desk), folder / "panduan-meja.png")
    desk.click("button[value=dispatch]")
    expect(desk.locator(".done")).to_be_visible()
    at(desk, f"{house.url}/meja/{code}").keyboard.press("a")
    desk.locator("#answer [data-text]").first.click()
    save(shot(desk), folder / "panduan-jawab.png")

    [(agency,)] = house.rows('SELECT agency FROM "case" WHERE code = ?', code)
    field = worn(people.logged_in(Role.RESPONDER, TELEPHONE, agency, "agus"), house)
    phone = [shot(at(field, f"{house.url}/respon")), shot(at(field, f"{house.url}/respon/{code}"))]
    field.click("form[data-command=acknowledge] button")
    field.click("#pause summary")
    scrolled(field, "#pause").select_option("#pause select", index=2)
    field.fill("#pause textarea", "Hujan deras; aspal dipasang besok pagi.")
    save(shot(field), folder / "panduan-menunggu.png")
    field.click("#pause summary")
    field.click("#resolve summary")
    field.fill("#resolve textarea", "Lubang sudah ditambal dan dipadatkan, jalan aman dilewati.")
    choose_photo(field, "#resolve input[type=file]", a_street(mended=True))
    phone.append(shot(scrolled(field, "#resolve")))
    side_by_side(phone, folder / "panduan-respon.png")
    field.click("#resolve button")
    expect(field.locator(".done")).to_contain_text("selesai")

    told = [shot(at(citizen, f"{house.url}{status}"))]
    at(citizen, f"{house.url}{status}/nilai").check("input[name=solved][value=yes]")
    told.append(shot(citizen))
    side_by_side(told, folder / "panduan-status.png")


def the_citys_wall(browser: Browser, house: Installation) -> Image.Image:
    """As it hangs in the room; a simulated warning that has the screen at that moment is looked behind."""
    context, wall = hang(browser)
    wall.open(house.wall("kota"))
    wall.page.add_style_tag(content=".warning_overlay { display: none !important; }")
    for name in ("agenda", "places", "weather"):
        expect(wall.page.locator(f"[id='city_board--{name}'] .double").first).to_be_visible()
    picture = shot(wall.page)
    context.close()
    return picture


def draw_city(people: People, house: Installation, folder: Path) -> None:
    """The public pages on a telephone, and those of the city's officer."""
    visitor = worn(people.citizen(), house)
    public = [shot(at(visitor, f"{house.url}/kota"))]
    public.append(shot(scrolled(visitor, "section:has(.tiles)")))
    public += [shot(at(visitor, f"{house.url}/kota/kondisi/kebersihan")), shot(at(visitor, f"{house.url}/kota/usaha"))]
    side_by_side(public, folder / "kota-publik.png")
    at(visitor, f"{house.url}/kota/peta").wait_for_timeout(500)
    owner = worn(people.citizen(), house)
    guide.registered(owner)
    officer = worn(people.logged_in(Role.CITY_OFFICER, SMALL_DESK, name="wulan"), house)
    save(shot(at(officer, f"{house.url}/kota/petugas?cari=taman")), folder / "kota-petugas.png")
    officer.click("#usulan ul a")
    save(shot(officer), folder / "kota-usulan.png")


def draw_assistant(people: People, house: Installation, folder: Path) -> None:
    """A field assistant's questions, one of them, and the first page of selling for a farmer."""
    page = worn(people.citizen(), house)
    house.log_in(page.context, Role.FIELD, villages=[VILLAGES[0].code])
    told = [shot(at(page, f"{house.url}/penyuluh"))]
    page.locator("a[href*='/penyuluh/tanya/']").first.click()
    told += [shot(page), shot(scrolled(page, "#jawab")), shot(at(page, f"{house.url}/penyuluh/petani"))]
    side_by_side(told, folder / "panduan-penyuluh.png")


def worn(page: Page, house: Installation) -> Page:
    """In light colours and in Bahasa Indonesia."""
    choices = {"batt_theme": "light", "batt_lang": "id"}
    page.context.add_cookies([{"name": name, "value": value, "url": house.url} for name, value in choices.items()])
    return page


def at(page: Page, address: str) -> Page:
    """The page at this address."""
    page.goto(address)
    return page


def scrolled(page: Page, to: str) -> Page:
    """With this element below the upper edge."""
    page.locator(to).evaluate("element => { scrollTo(0, element.getBoundingClientRect().top + scrollY - 90) }")
    return page


def shot(page: Page) -> Image.Image:
    """What can be seen now, with its photos."""
    until(lambda: page.evaluate("[...document.images].every(each => each.complete)"), 60, "all pictures of the page")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def side_by_side(pictures: Sequence[Image.Image], path: Path) -> None:
    """On one picture."""
    width = sum(each.width for each in pictures) + GAP * (len(pictures) + 1)
    sheet = Image.new("RGB", (width, max(each.height for each in pictures) + 2 * GAP), GROUND)
    left = GAP
    for each in pictures:
        sheet.paste(each, (left, GAP))
        left += each.width + GAP
    save(sheet, path)


def save(picture: Image.Image, path: Path) -> None:
    """As a small PNG. Raises AssertionError when it is too large."""
    few = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    size = path.stat().st_size
    assert size < MOST_BYTES, f"{path.name}: {size:,} bytes"
    print(f"{path.name}: {picture.width} x {picture.height}, {size // 1000} kB")


def a_street(*, mended: bool = False) -> dict[str, object]:
    """A drawn street with a hole, or with the hole filled: no photo of a real place or person."""
    size = width, height = (960, 720)
    hills = [(0, 330), (260, 180), (520, 300), (760, 160), (width, 320), (width, height), (0, height)]
    picture = Image.new("RGB", size, "#a9c4d8")
    pen = ImageDraw.Draw(picture)
    pen.polygon(hills, fill="#6d8b63")
    pen.polygon([(390, 330), (560, 330), (width, height), (60, height)], fill="#7b8085")
    for n in range(6):
        top = 360 + n * n * 13
        pen.polygon(
            [(472, top), (480, top), (486 + 3 * n, top + 12 + 6 * n), (464 - n, top + 12 + 6 * n)], fill="#e8e4d0"
        )
    if mended:
        pen.polygon([(545, 470), (730, 470), (800, 590), (560, 590)], fill="#55595d")
    else:
        for grow, colour in ((26, "#6a6056"), (0, "#3d3731"), (-34, "#57656e")):
            pen.ellipse([560 - grow, 490 - grow // 2, 780 + grow, 580 + grow // 2], fill=colour)
    body = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.2)).save(body, "JPEG", quality=82)
    return {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": body.getvalue()}


if __name__ == "__main__":
    main()
