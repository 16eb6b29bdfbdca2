"""Scripts, styles and pictures that ship with the program: addresses that may be kept, bytes packed once."""

import gzip
import hashlib
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from server.web.assets import asset_path, assets_in
from server.web.static_files import static_routes
from server.web.stylesheets import Stylesheet

pytestmark = pytest.mark.anyio

A_YEAR = "public, max-age=31536000, immutable"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "js/map.js": "draw();\n",
        "map/map.css": "a { color: red }\n",
        "map/outline.json": "[]",
        "css/tokens.css": ":root { }",
        "vendor/thing@1.2/thing.js": "thing();",
        "vendor/thing@1.2/LICENSE": "take it",
        "vendor/README.md": "ours",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "dot.png").write_bytes(b"\x89PNG")
    return tmp_path


async def get(folder: Path, path: str, accepted: str = "gzip, br") -> httpx2.Response:
    app = Starlette(routes=static_routes(folder, [Stylesheet("page.abc.css", b"p{}")]))
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="https://a.example"
    ) as client:
        return await client.get(path, headers={"accept-encoding": accepted})


async def test_a_script_bears_the_hash_of_its_bytes_and_may_be_kept_for_a_year(folder: Path) -> None:
    address = assets_in(folder)["js/map.js"].address
    assert address == f"/static/js/map.{hashlib.sha256(b'draw();' + bytes([10])).hexdigest()[:12]}.js"
    answer = await get(folder, address)
    assert (answer.status_code, answer.content) == (200, b"draw();\n")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == A_YEAR
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert (await get(folder, "/static/js/map.js")).headers["cache-control"] == "public, max-age=86400"
    assert (await get(folder, "/static/js/map.000000000000.js")).status_code == 404


async def test_whoever_takes_no_gzip_gets_plain_bytes_and_pictures_are_never_packed(folder: Path) -> None:
    plain = await get(folder, assets_in(folder)["js/map.js"].address, "identity")
    assert (plain.content, plain.headers["vary"]) == (b"draw();\n", "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in (await get(folder, "/static/dot.png")).headers


async def test_the_work_of_others_keeps_its_bytes_and_bears_its_version(folder: Path) -> None:
    assert assets_in(folder)["vendor/thing@1.2/thing.js"].address == "/static/vendor/thing@1.2/thing.js"
    answer = await get(folder, "/static/vendor/thing@1.2/thing.js")
    assert (answer.content, answer.headers["cache-control"]) == (b"thing();", A_YEAR)


@pytest.mark.parametrize(
    "path",
    [
        "/static/css/tokens.css",
        "/static/vendor/README.md",
        "/static/vendor/thing@1.2/LICENSE",
        "/static/../secret",
        "/static/js/..%2fmap/map.css",
    ],
)
async def test_nothing_else_in_the_folder_has_an_address(folder: Path, path: str) -> None:
    assert (await get(folder, path)).status_code == 404


async def test_styles_that_a_script_links_lose_their_slack(folder: Path) -> None:
    asset = assets_in(folder)["map/map.css"]
    assert asset.body == b"a{color: red}"
    assert gzip.decompress(asset.squeezed or b"") == asset.body


def test_a_page_cannot_link_a_file_that_is_not_shipped() -> None:
    assert asset_path("map/outline.json").startswith("/static/map/outline.")
    with pytest.raises(KeyError):
        asset_path("js/none.js")
