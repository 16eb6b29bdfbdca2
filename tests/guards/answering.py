"""Guards around what strangers answer to calls: what is read of it, what is kept, what is shown."""

from tests.guards.guard import Guard

OBJECTS = "federation/objects.py"
ACTIONS = "server/initiative/replies/actions.py"
INBOX = "server/initiative/replies/inbox.py"
ERRANDS = "server/initiative/replies/errands.py"
MODEL = "server/initiative/replies/model.py"
QUERIES = "server/initiative/replies/queries.sql"
QUOTES = "server/initiative/replies/quotes.py"
DESK = "server/initiative/replies/desk.py"
RICH_TEXT = "server/documents/rich_text.py"
T_OBJECTS = "tests/federation/test_objects.py"
T = "tests/server/initiative/test_replies.py"
T_PAGES = "tests/server/initiative/test_replies_on_pages.py"
T_PASSED_ON = "tests/server/initiative/test_replies_passed_on.py"
T_NUMBERS = "tests/server/initiative/test_replies_reactions_and_quotes.py"

ANSWERING = (
    Guard(
        "a post has one owner",
        "AC-2.1 (k)",
        OBJECTS,
        "    if len(found) > 1:\n",
        "    if False:\n",
        f"{T_OBJECTS}::test_two_owners_and_no_address_are_refused_and_none_is_none",
    ),
    Guard(
        "an owner is an address",
        "NodeBB: attributedTo 1",
        OBJECTS,
        "    if found and owner is None:\n",
        "    if False:\n",
        f"{T_OBJECTS}::test_two_owners_and_no_address_are_refused_and_none_is_none",
    ),
    Guard(
        "a post's page is of its own origin",
        "CVE-2024-52591",
        OBJECTS,
        "        if url is not None and same_origin(url, object_id):\n",
        "        if url is not None:\n",
        f"{T_OBJECTS}::test_the_page_is_of_the_same_origin_and_rather_html",
    ),
    Guard(
        "attachments are counted",
        "RES-08",
        OBJECTS,
        'many(document, "attachment", limit=MAX_ATTACHMENTS)',
        'many(document, "attachment")',
        f"{T_OBJECTS}::test_res_08_lists_are_bounded_before_anybody_walks_them",
    ),
    Guard(
        "words for few eyes are not kept",
        "SAFETY 1.4",
        ACTIONS,
        "    if not is_public:\n",
        "    if False:\n",
        f"{T}::test_private_replies_are_private_even_when_the_activity_says_public",
    ),
    Guard(
        "what addresses somebody else is not public because its activity is",
        "SAFETY 1.4",
        INBOX,
        "PUBLIC in (post.audience or audience(activity.document))",
        "PUBLIC in audience(activity.document)",
        f"{T}::test_private_replies_are_private_even_when_the_activity_says_public",
    ),
    Guard(
        "a reply is changed by its author alone",
        "IDC-03",
        ACTIONS,
        "    if held is not None and held.actor_id != author.id:\n",
        "    if False:\n",
        f"{T}::test_idc_02_and_03_nobody_speaks_for_a_neighbour",
    ),
    Guard(
        "a reply is deleted by its author alone",
        "IDC-04",
        ACTIONS,
        "    if held.actor_id != author_id:\n",
        "    if False:\n",
        f"{T}::test_idc_02_and_03_nobody_speaks_for_a_neighbour",
    ),
    Guard(
        "an older edit does not undo a newer one",
        "replay",
        ACTIONS,
        "    if held is not None and updated < held.updated:\n",
        "    if False:\n",
        f"{T}::test_an_edit_waits_again_and_an_older_one_changes_nothing",
    ),
    Guard(
        "what is hidden stays away",
        "an edit of a hidden reply",
        ACTIONS,
        'return "hidden" if store.is_hidden(tx, digest_of(post.id)) else ""',
        'return ""',
        f"{T}::test_an_editor_hides_for_ever_and_no_words_stay",
    ),
    Guard(
        "new words are read before they are shown",
        "an edit after the editor's yes",
        QUERIES,
        "    published_at = :published_at, updated_at = :updated_at, arrived_at = :now, state = 'waiting'\n",
        "    published_at = :published_at, updated_at = :updated_at, arrived_at = :now\n",
        f"{T}::test_an_edit_waits_again_and_an_older_one_changes_nothing",
    ),
    Guard(
        "an editor shows what they have read",
        "an edit between reading and showing",
        ACTIONS,
        "    return reply.version == version and store.show(tx, reply.id)\n",
        "    return store.show(tx, reply.id)\n",
        f"{T_PAGES}::test_what_changed_since_the_editor_looked_is_not_shown",
    ),
    Guard(
        "no more wait at a call than can be read",
        "a flood of replies",
        ACTIONS,
        "    if len(waiting) >= MAX_WAITING:\n",
        "    if False:\n",
        f"{T}::test_one_server_leaves_room_to_the_others_and_all_together_to_the_editors",
    ),
    Guard(
        "no server takes the room of all others",
        "a flood of replies",
        ACTIONS,
        "    if sum(same_origin(other, author.id) for other in waiting) >= MAX_WAITING_OF_ORIGIN:\n",
        "    if False:\n",
        f"{T}::test_one_server_leaves_room_to_the_others_and_all_together_to_the_editors",
    ),
    Guard(
        "nobody says more than twenty things a day",
        "a flood of replies",
        ACTIONS,
        "    if store.count_of_author(tx, author.id, now - OF_AUTHOR_WITHIN) >= MAX_OF_AUTHOR:\n",
        "    if False:\n",
        f"{T}::test_one_author_says_no_more_than_twenty_things_a_day",
    ),
    Guard(
        "a call closed for replies takes none",
        "a flood of replies",
        ACTIONS,
        "    if not content or not takes:\n",
        "    if not content:\n",
        f"{T}::test_a_call_closed_for_replies_forgets_them_and_keeps_what_is_shown",
    ),
    Guard(
        "whoever replied can still delete their account",
        "erasure",
        "server/fediverse/actors/others/queries.sql",
        """AND NOT EXISTS (SELECT 1 FROM call_replies WHERE call_replies.actor_id = remote_actors.id)
AND NOT EXISTS (
    SELECT 1 FROM following
    WHERE following.target = remote_actors.id AND following.state IN ('pending', 'accepted')
);

-- name: prune_unrelated""",
        """AND NOT EXISTS (
    SELECT 1 FROM following
    WHERE following.target = remote_actors.id AND following.state IN ('pending', 'accepted')
);

-- name: prune_unrelated""",
        f"{T}::test_a_deleted_account_takes_its_replies_along",
    ),
    Guard(
        "a withdrawn call takes its replies along",
        "erasure",
        "server/initiative/calls/actions.py",
        "    replies.forget_call(tx, uri)\n",
        "",
        f"{T}::test_a_withdrawn_call_leaves_nothing_that_others_said",
    ),
    Guard(
        "what is not held is not fetched because somebody names it",
        "PROTOCOL 2.6, RES-11",
        ERRANDS,
        "    return store.find(tx, passed_on.object_id) is not None\n",
        "    return True\n",
        f"{T_PASSED_ON}::test_what_we_do_not_hold_is_not_fetched",
    ),
    Guard(
        "of two who say that a reply is theirs the origin decides",
        "IDC-03, a neighbour who comes first",
        INBOX,
        'held.actor_id != activity.actor.id and activity.type == "Create":',
        "False:",
        f"{T_PASSED_ON}::test_who_took_the_address_of_a_neighbour_does_not_keep_it",
    ),
    Guard(
        "nobody deletes what a neighbour of the same server wrote",
        "IDC-04",
        INBOX,
        "(held := store.find(tx, uri)) and held.actor_id != activity.actor.id:",
        "False:",
        f"{T_PASSED_ON}::test_idc_04_the_author_deletes_what_a_neighbour_said_under_her_address",
    ),
    Guard(
        "a server is asked only so often whose a reply is",
        "RES-11",
        INBOX,
        "    services.here.asking.take(uri, QUESTION, activity.received_at)\n",
        "",
        f"{T_PASSED_ON}::test_res_11_a_server_is_asked_only_so_often_whose_a_reply_is",
    ),
    Guard(
        "a deletion that was passed on is asked for at the origin",
        "IDC-04, PROTOCOL 2.6",
        ERRANDS,
        "    if is_deletion:\n        return\n",
        "    if is_deletion:\n        await services.database.write(partial(_erase, subject))\n        return\n",
        f"{T_PASSED_ON}::test_idc_04_a_deletion_is_believed_when_the_origin_has_it_no_more",
    ),
    Guard(
        "404 alone deletes nothing",
        "a maintenance page",
        ERRANDS,
        "        if is_deletion or gone.deleted:\n",
        "        if True:\n",
        f"{T_PASSED_ON}::test_an_edit_whose_origin_is_silent_about_it_changes_nothing",
    ),
    Guard(
        "a stranger's words are cleaned when they arrive",
        "CON-01, CON-03",
        MODEL,
        '    return _fitting(clean("".join(parts), name_hosts=True).strip())\n',
        '    return _fitting("".join(parts))\n',
        f"{T_PAGES}::test_con_01_03_hostile_markup_is_gone_on_page_and_desk",
    ),
    Guard(
        "and again when they are shown",
        "CON-01, CON-03",
        MODEL,
        "    return clean(content, name_hosts=True)\n",
        "    return content\n",
        f"{T_PAGES}::test_what_stands_in_the_database_is_cleaned_again_when_it_is_shown",
    ),
    Guard(
        "every link of a stranger says where it leads",
        "CON-13, CVE-2023-36462",
        RICH_TEXT,
        "(self.name_hosts or _LOOKS_LIKE_ADDRESS.search(text))",
        "_LOOKS_LIKE_ADDRESS.search(text)",
        f"{T_PAGES}::test_con_13_every_link_says_where_it_leads",
    ),
    Guard(
        "a link's host is not taken for a part of a longer one",
        "CON-13",
        RICH_TEXT,
        r'    return re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", text) is not None' + "\n",
        "    return host in text\n",
        f"{T_PAGES}::test_con_13_every_link_says_where_it_leads",
    ),
    Guard(
        "a link's host is spelled as the network spells it",
        "CON-09",
        RICH_TEXT,
        '        return host if host.isascii() else host.encode("idna").decode()\n',
        "        return host\n",
        f"{T_PAGES}::test_con_13_every_link_says_where_it_leads",
    ),
    Guard(
        "no display name in public",
        "CON-09, IDC-22",
        MODEL,
        '        return self.handle or f"@{authority_of(self.actor_id)}"\n',
        "        return self.name\n",
        f"{T_PAGES}::test_con_02_08_09_an_authors_name_is_only_seen_at_the_desk_beside_the_handle",
    ),
    Guard(
        "a reply weighs no more than its page can bear",
        "the budget of a public page",
        MODEL,
        "    while weight(cut := _beginning(words, length)) > MAX_WEIGHT:\n",
        "    while weight(cut := _beginning(words, length)) > 10 * MAX_WEIGHT:\n",
        f"{T_PAGES}::test_pages_keep_within_their_weight_whatever_is_shown",
    ),
    Guard(
        "nobody decides on the replies of another initiative",
        "IDOR",
        DESK,
        "    if not isinstance(found, KeptCall) or found.call.actor_id != initiative.actor_id:\n",
        "    if not isinstance(found, KeptCall):\n",
        f"{T_PAGES}::test_the_desk_of_another_initiative_has_nothing_to_say",
    ),
    Guard(
        "a count never falls below none",
        "an Undo of what never was",
        QUERIES,
        "SET n = CASE WHEN call_reactions.n + :delta > 0 THEN call_reactions.n + :delta ELSE 0 END;",
        "SET n = call_reactions.n + :delta;",
        f"{T_NUMBERS}::test_an_undo_counts_down_and_never_below_none",
    ),
    Guard(
        "a refusal of a quote repeats no foreign address",
        "an instrument of somebody else",
        QUOTES,
        "    if instrument is not None and same_origin(instrument, activity.actor.id):\n",
        "    if instrument is not None:\n",
        f"{T_NUMBERS}::test_a_quote_request_is_rejected_to_whoever_asked",
    ),
    Guard(
        "what goes while it is fetched does not come back",
        "INT-11: a deletion between question and answer",
        ERRANDS,
        "        if store.find(tx, subject) is None:\n            # Deleted",
        "        if False:\n            # Deleted",
        "tests/server/initiative/test_replies_that_go.py"
        "::test_what_goes_while_it_is_fetched_does_not_come_back",
    ),
    Guard(
        "who wants to quote is answered while their server takes answers",
        "RES-12",
        QUOTES,
        " or followers.owes_enough(tx, activity.actor.id):\n",
        ":\n",
        "tests/server/initiative/test_questions_without_end.py"
        "::test_res_12_answers_that_nobody_takes_do_not_pile_up",
    ),
    Guard(
        "no errand names the author of a reply that is gone",
        "SAFETY 1.4: traces of people",
        "server/initiative/replies/store.py",
        "    deleted = tx.run(QUERIES.delete_reply, id=reply_id) > 0\n    tx.run(QUERIES.forget_errands)\n",
        "    deleted = tx.run(QUERIES.delete_reply, id=reply_id) > 0\n",
        "tests/server/initiative/test_replies_that_go.py::test_no_errand_names_an_author_whose_reply_is_gone",
    ),
    Guard(
        "no errand names somebody who is forgotten",
        "SAFETY 1.4: traces of people",
        "server/fediverse/actors/others/store.py",
        "    if tx.run(QUERIES.forget_unrelated, actor_id=actor_id):\n",
        "    if tx.run(QUERIES.forget_unrelated, actor_id=actor_id) < 0:\n",
        "tests/server/initiative/test_replies_that_go.py::test_no_errand_names_somebody_who_is_forgotten",
    ),
    Guard(
        "what comes after its own deletion stays away",
        "INT-11",
        ACTIONS,
        "    if received.was_deleted(tx, author.id, post.id):\n",
        "    if False:\n",
        "tests/server/initiative/test_replies_that_go.py"
        "::test_int_11_what_comes_after_its_own_deletion_stays_away",
    ),
    Guard(
        "a server can have us clean so much and no more",
        "RES-15: words that hold up the writer",
        ACTIONS,
        "    here.cleaning.take(",
        "    _ = (",
        "tests/server/initiative/test_replies_that_cost.py"
        "::test_res_15_a_server_can_have_us_clean_so_much_and_no_more",
    ),
    Guard(
        "who passes on has us ask no server over and over",
        "RES-11: two questions for each",
        "server/endpoints/dispatch.py",
        "        services.here.asking.take(",
        "        _ = (",
        "tests/server/initiative/test_replies_that_cost.py"
        "::test_res_11_whoever_passes_on_has_us_ask_no_server_over_and_over",
    ),
)
