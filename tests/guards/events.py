"""Guards around events: what is learned of servers, what may leave the outbox, who is answered."""

from tests.guards.guard import Guard

NODEINFO = "federation/nodeinfo.py"
T_NODEINFO = "tests/federation/test_nodeinfo_of_others.py"
T_OUTBOX = "tests/server/fediverse/test_outbox.py"
DIALECTS = "server/initiative/calls/dialects.py"
T_EVENTS = "tests/server/initiative/test_events.py"

EVENTS = (
    Guard(
        "a link of NodeInfo stays on its origin",
        "SSR, Fedify CVE-2026-62857",
        NODEINFO,
        "            if href is None or not same_origin(href, origin):\n",
        "            if href is None:\n",
        f"{T_NODEINFO}::test_a_link_to_another_origin_is_not_followed",
    ),
    Guard(
        "the name of software is a word",
        "CON: text of a stranger in our tables",
        NODEINFO,
        " or not _NAME.fullmatch(name.lower()):\n",
        ":\n",
        f"{T_NODEINFO}::test_a_name_is_a_word_or_nothing",
    ),
    Guard(
        "a server is asked once in thirty days",
        "RES: questions at the pace of a stranger's Follows",
        "server/fediverse/dialects/actions.py",
        "        known is not None and here.clock.now() - known.learned < RELEARNED_AFTER\n",
        "        False\n",
        f"{T_EVENTS}::test_a_server_is_asked_once_in_thirty_days",
    ),
    Guard(
        "no edit leaves that is not later",
        "AC-5.4",
        "server/fediverse/outbox/actions.py",
        '    if activity["type"] == "Update":\n',
        "    if False:\n",
        f"{T_OUTBOX}::test_ac_5_4_an_edit_that_is_not_later_never_leaves_the_outbox",
    ),
    Guard(
        "each inbox gets one of the two dialects",
        "the same twice before a reader",
        "server/fediverse/outbox/queries.sql",
        "AND (CAST(:dialect AS TEXT) IS NULL OR COALESCE(origin_dialects.dialect, 'note') = :dialect)\n",
        "AND (CAST(:dialect AS TEXT) IS NULL OR :dialect <> '')\n",
        f"{T_OUTBOX}::test_one_inbox_gets_one_of_the_two_dialects",
    ),
    Guard(
        "the Delete of a living Note has no proof",
        "IDC: passed on to hubs and to Mastodon it deletes for good",
        DIALECTS,
        ', dialect="event", proof=False)',
        ', dialect="event")',
        f"{T_EVENTS}::test_the_delete_of_a_living_note_can_be_passed_on_by_nobody",
    ),
    Guard(
        "the Delete of a living Note is not served",
        "IDC: fetched from its own address it would be believed",
        DIALECTS,
        ' | {"to": [followers], "cc": []}\n',
        "\n",
        f"{T_EVENTS}::test_the_delete_of_a_living_note_can_be_passed_on_by_nobody",
    ),
    Guard(
        "an event that was deleted does not come back",
        "AC-4.3",
        "server/initiative/calls/actions.py",
        "    if changed.as_event and kept.event_is_over:\n",
        "    if False:\n",
        f"{T_EVENTS}::test_a_call_becomes_an_event_and_stops_being_one",
    ),
    Guard(
        "only who joins a living event is answered",
        "RES: answers to whatever a stranger names",
        "server/initiative/events/inbox.py",
        " or not found.call.as_event or event_uri(uri) != activity.object_id:\n",
        ":\n",
        f"{T_EVENTS}::test_nobody_is_answered_about_what_is_no_event",
    ),
    Guard(
        "a place that is undisclosed is in no event",
        "SAFETY T11",
        "server/documents/event.py",
        "    if call.place is not None and call.place != UNDISCLOSED:\n",
        "    if call.place is not None:\n",
        "tests/server/documents/test_event.py::test_a_place_that_is_not_told_is_not_there",
    ),
    Guard(
        "who wants to come is answered while their server takes answers",
        "RES-12",
        "server/initiative/events/inbox.py",
        "    if followers.owes_enough(tx, activity.actor.id):\n",
        "    if False:\n",
        "tests/server/initiative/test_questions_without_end.py"
        "::test_res_12_answers_that_nobody_takes_do_not_pile_up",
    ),
    Guard(
        "who fetched the event alone is told that it is called off",
        "AC-5.6: an event that stays in a calendar",
        "server/initiative/calls/dialects.py",
        "[*readers, *outbox.inboxes_told(tx, event_uri(kept.call.uri))]\n",
        "outbox.inboxes_told(tx, event_uri(kept.call.uri))\n",
        f"{T_EVENTS}::test_who_fetched_the_event_alone_is_told_of_its_end",
    ),
)
