"""Guards around blocks: whom they hold for, at which doors they are asked, and lists of them."""

from tests.guards.guard import Guard

BLOCKLIST = "server/fediverse/moderation/blocklist.py"
STORE = "server/fediverse/moderation/store.py"
TARGETS = "server/fediverse/moderation/targets.py"
LISTS = "server/fediverse/moderation/lists.py"
CHANGING = "server/fediverse/moderation/changing.py"
HUB = "server/hub/curation/blocking.py"
T_BLOCKS = "tests/server/fediverse/test_moderation.py"
T_LISTS = "tests/server/fediverse/test_block_lists.py"
T_HUB = "tests/server/hub/test_blocks.py"
HOLDS = f"{T_BLOCKS}::test_a_block_of_a_server_holds_for_its_subdomains_and_ports"

BLOCKING = (
    Guard(
        "a block holds for subdomains",
        "a new name below a blocked one",
        TARGETS,
        '        host = host.partition(".")[2]\n        yield host\n',
        '        host = host.partition(".")[2]\n',
        HOLDS,
    ),
    Guard(
        "a block without a port holds for every port",
        "another port of a blocked host",
        TARGETS,
        "        host = name\n        yield host\n",
        "        host = name\n",
        HOLDS,
    ),
    Guard(
        "nobody blocks their own server",
        "a list that names us",
        TARGETS,
        "    if server in servers_above(own):\n",
        "    if False:\n",
        f"{T_BLOCKS}::test_what_cannot_be_blocked_is_refused",
    ),
    Guard(
        "nobody blocks a top-level domain",
        "a list that names com",
        TARGETS,
        '    if parsed.address is None and not named and "." not in parsed.host:\n',
        "    if False:\n",
        f"{T_BLOCKS}::test_what_cannot_be_blocked_is_refused",
    ),
    Guard(
        "names are taken as they are written",
        "SSR-06: ①②⑦.⓪.⓪.①, 127。0。0。1",
        "federation/urls.py",
        '    labels = unicodedata.normalize("NFC", name.lower()).split(".")\n',
        '    labels = unicodedata.normalize("NFKC", name.lower()).replace("。", ".").split(".")\n',
        f"{T_BLOCKS}::test_what_cannot_be_blocked_is_refused",
    ),
    Guard(
        "the client asks the blocks before each request",
        "CVE-2026-23961",
        "server/app.py",
        "            refuses=blocklist.refuses,\n",
        "",
        f"{T_BLOCKS}::test_the_client_asks_nothing_of_the_blocked_and_sends_them_nothing",
    ),
    Guard(
        "an inbox asks the blocks before it fetches a key",
        "GHSA-fvfm-7j99-r2xv",
        "server/endpoints/inbox.py",
        "        is_blocked=services.here.blocklist.refuses,\n",
        "",
        f"{T_BLOCKS}::test_the_blocked_are_refused_by_the_name_of_their_key",
    ),
    Guard(
        "the transaction asks the table",
        "what arrives while somebody is blocked",
        "server/endpoints/dispatch.py",
        "    if perhaps_blocked and moderation.is_blocked(tx, activity.actor.id):\n",
        "    if False:\n",
        f"{T_BLOCKS}::test_the_transaction_asks_the_table_even_when_the_memory_knows_nothing",
    ),
    Guard(
        "nobody carries in what is of the blocked",
        "CVE-2026-23961",
        "server/endpoints/dispatch.py",
        "    if perhaps_blocked and moderation.carries_blocked(tx, activity.document):\n",
        "    if False:\n",
        f"{T_BLOCKS}::test_nobody_carries_in_what_is_of_the_blocked",
    ),
    Guard(
        "the list in memory follows the table",
        "a block that holds only after a restart",
        CHANGING,
        "    result = await database.write(work)\n    await read_blocks(database, blocklist)\n",
        "    result = await database.write(work)\n",
        f"{T_BLOCKS}::test_the_table_of_blocks_is_known_to_every_door_before_the_command_is_answered",
    ),
    Guard(
        "who hangs up after blocking has blocked",
        "a committed block that no door knows",
        CHANGING,
        "    return await asyncio.shield(asyncio.ensure_future(_change(database, blocklist, work)))\n",
        "    return await _change(database, blocklist, work)\n",
        f"{T_BLOCKS}::test_who_hangs_up_after_blocking_has_blocked",
    ),
    Guard(
        "a restored backup is swept at the start",
        "SAFETY 8.12",
        "server/app.py",
        "    moderation.sweep(tx, services.here.clock.now())\n",
        "",
        f"{T_BLOCKS}::test_a_restored_backup_is_swept_at_the_start",
    ),
    Guard(
        "followers go with a block",
        "a blocked server that goes on reading",
        STORE,
        '            tx.run(QUERIES.drop_followers_at, origin=row["origin"])\n',
        "",
        f"{T_BLOCKS}::test_what_is_here_of_the_blocked_goes_and_nobody_elses",
    ),
    Guard(
        "readers go with a block",
        "a blocked server that learns of every change",
        STORE,
        '            tx.run(QUERIES.drop_readers_at, origin=row["origin"])\n',
        "",
        f"{T_BLOCKS}::test_what_is_here_of_the_blocked_goes_and_nobody_elses",
    ),
    Guard(
        "replies go with a block",
        "words of the blocked under our calls",
        STORE,
        "    tx.run_many(QUERIES.drop_replies_of, _rows(filter(blocklist.covers, authors)))\n",
        "",
        f"{T_BLOCKS}::test_what_is_here_of_the_blocked_goes_and_nobody_elses",
    ),
    Guard(
        "what waits for the blocked is not sent",
        "an Undo to a server that must get nothing",
        HUB,
        "    moderation.sweep(tx, now, blocklist)\n",
        "",
        f"{T_HUB}::test_nothing_waits_for_a_blocked_server",
    ),
    Guard(
        "listings end with a block",
        "CVE-2026-23961",
        HUB,
        "    _end(tx, here, moderation.Blocklist([target]), by, now)\n",
        "",
        f"{T_HUB}::test_everything_of_a_blocked_server_leaves_the_directory_at_once",
    ),
    Guard(
        "listings of a restored backup end at the start",
        "SAFETY 8.12",
        "server/hub/curation/feature.py",
        "    prepare=[blocking.sweep_at_start],\n",
        "",
        f"{T_HUB}::test_a_restored_directory_is_swept_at_the_start",
    ),
    Guard(
        "nobody is announced who was blocked during the probe",
        "CVE-2026-23961",
        "server/hub/announcements/actions.py",
        "    if listing is None or moderation.is_blocked(tx, call.actor_id):\n",
        "    if listing is None:\n",
        f"{T_HUB}::test_a_call_is_not_announced_when_its_author_was_blocked_during_the_probe",
    ),
    Guard(
        "an open quotation mark swallows no row",
        "a list that loses its second half",
        LISTS,
        "    for number, line in enumerate(lines[start + 1 :], start + 2):\n",
        "    for number, line in enumerate(lines[len(lines) :], start + 2):\n",
        f"{T_LISTS}::test_a_quotation_mark_that_is_never_closed_swallows_no_row",
    ),
    Guard(
        "a name with asterisks is no host",
        "a list whose hosts are hidden",
        LISTS,
        '    elif "*" in given:\n',
        "    elif False:\n",
        f"{T_LISTS}::test_mastodons_export_is_read",
    ),
    Guard(
        "who is only limited there is not blocked here",
        "severity silence",
        LISTS,
        "    if severity in _MILDER:\n",
        "    if False:\n",
        f"{T_LISTS}::test_mastodons_export_is_read",
    ),
    Guard(
        "a thousand owners are not asked for one by one",
        "RES-08: hosts of a hundred labels",
        "server/fediverse/moderation/authors.py",
        "    if len(named) > FEW:\n",
        "    if False:\n",
        "tests/server/fediverse/test_moderation.py"
        "::test_a_thousand_owners_on_hosts_of_a_hundred_labels_are_few_questions",
    ),
)
