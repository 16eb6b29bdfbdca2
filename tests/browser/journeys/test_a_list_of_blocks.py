"""A list of blocks, as another server's people gave it away: looked at, taken over, refused when it is none."""

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.journeys.conftest import LooksRight, SignedIn, Workshop
from tests.browser.people import give_code, give_passphrase, lose_session

LIST = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
spam.example,suspend,true,true,Sends advertisements,false
{long}.example,suspend,true,true,,false
loud.example,silence,false,false,,false
sec***.example,suspend,true,true,,true
not a host,suspend,true,true,,false
spam.example,suspend,true,true,,false
elsewhere.example,suspend,true,true,,false
""".replace("{long}", ".".join(["exceedingly-long-part"] * 6))


def test_a_list_is_looked_at_and_taken_over(
    workshop: Workshop, signed_in: SignedIn, looks_right: LooksRight
) -> None:
    hub = workshop.hub
    page = signed_in(hub, workshop.kim, "/desk/hub/blocks", width=390, dark=True, script=False)
    page.get_by_role("link", name="Import a list").click()
    page.get_by_role("button", name="Look at the list").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the file")
    looks_right(page, "no-file")
    choose(page, "picture.csv", b"\x89PNG\r\n\x1a\n\0\0")
    expect(page.get_by_role("alert")).to_contain_text("This file is no text; export the list as CSV.")
    looks_right(page, "a-bad-file")

    choose(page, "domain_blocks.csv", LIST.encode())
    main = page.get_by_role("main")
    for line in (
        "3 servers are new",
        "only limited or noted there, not blocked",
        "written with asterisks",
        "named more than once",
        "line 6: this is no host",
    ):
        expect(main).to_contain_text(line)
    looks_right(page, "what-it-would-do")
    page.get_by_text("What is new").click()
    looks_right(page, "what-is-new")

    lose_session(page)
    page.get_by_role("button", name="Block 3 servers").click()
    give_passphrase(page, workshop.kim)
    give_code(page, workshop.kim)
    expect(main).to_contain_text("3 servers are new")
    looks_right(page, "after-signing-in-again")
    page.get_by_role("button", name="Block 3 servers").click()
    expect(page.get_by_role("status")).to_contain_text("The servers on the list are blocked now.")
    expect(main).to_contain_text("spam.example")
    expect(main).to_contain_text("Sends advertisements")
    expect(main).not_to_contain_text("loud.example")
    looks_right(page, "blocked")

    page.get_by_role("link", name="Import a list").click()
    choose(page, "domain_blocks.csv", LIST.encode())
    expect(main).to_contain_text("There is nothing to do: all of it is blocked already.")
    expect(page.get_by_role("button", name="Block")).to_have_count(0)
    looks_right(page, "nothing-to-do")
    page.get_by_role("link", name="Choose another file").click()
    choose(page, "letter.txt", b"Dear all,\nplease find the list attached.\n")
    expect(main).to_contain_text("No server in this file can be blocked.")
    looks_right(page, "no-server-in-it")


def test_it_is_said_who_would_leave_the_directory(
    workshop: Workshop, signed_in: SignedIn, looks_right: LooksRight
) -> None:
    """Nothing is blocked by looking."""
    hub, house = workshop.hub, workshop.house
    workshop.initiative("sawmill", listed=True)
    page = signed_in(hub, workshop.kim, "/desk/hub/blocks/import", script=False)
    choose(page, "hosts.txt", f"https://{house.authority}\n".encode())
    expect(page.get_by_role("main")).to_contain_text("This would be removed from the directory:")
    expect(page.get_by_role("main")).to_contain_text("Sawmill")
    looks_right(page, "who-would-leave")
    page.get_by_role("link", name="Back without doing it").click()
    expect(page.get_by_role("main")).not_to_contain_text(house.authority)


def choose(page: Page, name: str, body: bytes) -> None:
    page.get_by_label("File").set_input_files(FilePayload(name=name, mimeType="text/csv", buffer=body))
    page.get_by_role("button", name="Look at the list").click()
