"""What the pages about this hub plug in."""

from server.feature import Feature
from server.hub.own_pages import desk
from server.hub.own_pages.model import TITLES
from server.hub.own_pages.pages import page_of
from server.web.doors import PUBLIC, Door, form_door, of_hub

OWN_PAGES = Feature(
    name="hub.own_pages",
    routes=[
        *(Door(f"/{name}", page_of(name), PUBLIC) for name in TITLES),
        Door(desk.PAGES, desk.pages, of_hub("owner")),
        form_door(f"{desk.PAGES}/{{name}}/{{language}}", desk.page, of_hub("owner")),
    ],
)
