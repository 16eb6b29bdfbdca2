"""A call as it hangs on somebody's door: one page, with the address to follow as a QR code."""

import re

import pytest

from tests.browser.conftest import NewPage
from tests.browser.site import Site

PAGE_OF_PDF = re.compile(rb"/Type\s*/Page\b(?!s)")
LONG_ENOUGH_FOR_TWO = "<p>A long text.</p>" * 200


@pytest.mark.parametrize("where", ["at home", "on the hub"])
def test_a_call_fits_on_one_page_with_its_qr_code(where: str, site: Site, new_page: NewPage) -> None:
    address = (
        site.calls["everything"] if where == "at home" else f"{site.hub.origin}{site.on_hub('everything')}"
    )
    page = new_page(dark=True)
    page.goto(address)
    assert len(PAGE_OF_PDF.findall(page.pdf(format="A4"))) == 1
    page.emulate_media(media="print")
    codes = [svg for svg in page.locator("main svg").all() if svg.is_visible()]
    boxes = [box for svg in codes if (box := svg.bounding_box())]
    # Smaller than two centimetres at 96 dots to the inch is hard to read with a phone.
    assert [box for box in boxes if box["width"] >= 75 and box["width"] == box["height"]]


def test_pages_of_a_pdf_can_be_counted(site: Site, new_page: NewPage) -> None:
    """Or the test above would pass for any number of them."""
    page = new_page()
    page.set_content(LONG_ENOUGH_FOR_TWO)
    assert len(PAGE_OF_PDF.findall(page.pdf(format="A4"))) > 1
