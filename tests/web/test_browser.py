"""The pages in a real browser, at the sizes of a phone and of a desk, light and dark, with scripts off."""

import os
import shutil

import pytest
import small_world
from small_world import BRAND, CARRIER, DOORSTEP, FACTORY, GTIN, ODD_SERIAL, PORT, ago, seen, sgtin, to

from provenance.domain.gs1.link import path
from tests.databases import settings_on

pytestmark = [pytest.mark.browser, pytest.mark.either_database]

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}
GENUINE, COPIED = sgtin(ODD_SERIAL), sgtin("1701")
PAGES = {
    "home": "/",
    "consistent": "/verify" + path(GENUINE),
    "suspicious": "/verify" + path(COPIED),
    "not_on_record": "/verify" + path(sgtin("88888")),
    "product": f"/verify/01/{GTIN}",
    "lot": f"/verify/01/{GTIN}/10/L1",
    "broken": "/01/123",
    "report": "/report" + path(GENUINE),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory, database):
    if CHROMIUM is None:
        message = "no Chromium on this machine: install it or name it in CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    for item in (GENUINE, COPIED):
        world.record(
            BRAND,
            seen("commissioning", item, at=ago(days=30), place=FACTORY, action="ADD"),
            seen("shipping", item, at=ago(days=28), place=FACTORY, **to(CARRIER)),
        )
        world.record(
            CARRIER,
            seen("receiving", item, at=ago(days=27), place=FACTORY),
            seen("arriving", item, at=ago(days=3), place=PORT),
            seen("arriving", item, at=ago(days=1), place=DOORSTEP),
        )
    world.record(BRAND, seen("inspecting", COPIED, at=ago(hours=70), place=FACTORY))
    with small_world.served(world) as served:
        yield served
    world.gateway.close()


@pytest.fixture(scope="module")
def browser(address):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, address):
    contexts = []

    def open_page(target, size="phone", scheme="light"):
        context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, java_script_enabled=False)
        contexts.append(context)
        page = context.new_page()
        page.goto(address + target)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("name", list(PAGES))
def test_pages_fit_their_screen(open_page, tmp_path, name, size, scheme):
    page = open_page(PAGES[name], size, scheme)
    shot = tmp_path / f"{name}-{size}-{scheme}.png"
    page.screenshot(path=shot, full_page=True)
    if folder := os.environ.get("SCREENSHOTS"):
        shutil.copy(shot, folder)
    widths = [page.locator(each).bounding_box() for each in ("header", "main", "footer")]
    assert all(box["x"] + box["width"] <= SIZES[size]["width"] for box in widths)
    assert page.locator("h1").count() == 1
    assert page.locator("main .card").first.is_visible()


def test_the_style_sheet_is_applied_and_follows_the_scheme(open_page):
    colours = set()
    for scheme in ("light", "dark"):
        shot = open_page("/", scheme=scheme).locator("body").screenshot()
        colours.add(_corner(shot))
    assert len(colours) == 2


def _corner(shot):
    import io

    from PIL import Image

    return Image.open(io.BytesIO(shot)).convert("RGB").getpixel((2, 400))


def test_a_person_enters_a_code_and_reads_the_verdict(open_page, address):
    page = open_page("/")
    page.get_by_label("Link or number on the label").fill(f"https://elsewhere.example.test{path(GENUINE)}")
    page.get_by_role("button", name="Show the record").click()
    page.wait_for_url(address + "/verify" + path(GENUINE))
    assert page.get_by_role("heading", level=1).inner_text() == "Record consistent"
    page.get_by_role("link", name="Report a concern").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Report a concern"
    page.get_by_role("link", name="Back to the record").click()
    page.get_by_role("link", name="Check another code").click()
    assert page.url == address + "/"


def test_the_verdict_is_on_the_first_screen_of_a_phone(open_page):
    page = open_page(PAGES["suspicious"])
    box = page.get_by_role("heading", level=1).bounding_box()
    assert box["y"] + box["height"] < SIZES["phone"]["height"] / 3


def test_everything_is_reached_with_the_keyboard(open_page):
    page = open_page(PAGES["consistent"])
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href") == "/"
