"""Guards around collections: how far others' are read, who is named in ours, whose word about followers counts."""

from tests.guards.guard import Guard

READER = "federation/collections.py"
T_READER = "tests/federation/test_collections.py"
HEADER = "federation/collection_synchronization.py"
T_HEADER = "tests/federation/test_collection_synchronization.py"
FOLLOWERS = "server/fediverse/followers"
DOORS = "server/endpoints/synchronization.py"
T_TELL = "tests/server/endpoints/synchronization/test_what_we_tell.py"
T_HEAR = "tests/server/endpoints/synchronization/test_what_we_hear.py"
COLLECTIONS = "server/endpoints/collections.py"
T_ACTORS = "tests/server/endpoints/test_actors_and_collections.py"
T_PAGING = "tests/server/endpoints/test_stable_paging.py"
CONVERSATIONS = "server/initiative/conversations/queries.sql"
T_CONVERSATIONS = "tests/server/initiative/test_conversations.py"

COMPARING = (
    Guard(
        "twenty pages of a collection",
        "RES-07: next leads on for ever",
        READER,
        "    for _ in range(max_pages):\n",
        "    for _ in range(1_000):\n",
        f"{T_READER}::test_res_07_an_endless_collection_is_known_not_to_be_whole",
    ),
    Guard(
        "each page once",
        "RES-07: next leads to itself",
        READER,
        "            if page_url is None or page_url in visited:\n",
        "            if page_url is None:\n",
        f"{T_READER}::test_res_07_a_page_that_points_at_itself_ends_the_reading",
    ),
    Guard(
        "pages of the collection's own origin",
        "RES-07, SSR: next leads elsewhere",
        READER,
        "            if not same_origin(page_url, url):\n",
        "            if False:\n",
        f"{T_READER}::test_res_07_no_page_leads_to_another_origin",
    ),
    Guard(
        "a thousand items of a collection",
        "RES-07",
        READER,
        "    return ReadCollection(items[:max_items], whole, fetched.validators)\n",
        "    return ReadCollection(items, whole, fetched.validators)\n",
        f"{T_READER}::test_items_come_in_every_shape",
    ),
    Guard(
        "pages of an outbox within what readers take",
        "twenty long calls are two megabytes",
        COLLECTIONS,
        "        if room < 0 and number:\n",
        "        if False:\n",
        f"{T_PAGING}::test_a_page_of_long_calls_stays_within_what_readers_take",
    ),
    Guard(
        "fewer than ten followers are not counted",
        "AC-6.2: a small number tells of single people",
        COLLECTIONS,
        "count if count >= FEWEST_SHOWN else None",
        "count",
        f"{T_ACTORS}::test_ac_6_2_followers_are_a_number_from_ten_upwards",
    ),
    Guard(
        "only replies that an editor showed are named",
        "a stranger's reply stands in a collection of ours",
        CONVERSATIONS,
        "AND state = 'shown'\n",
        "\n",
        f"{T_CONVERSATIONS}::test_replies_are_the_shown_ones_alone_and_by_id_alone",
    ),
    Guard(
        "followers are named to their own server alone",
        "AC-6.2: another server reads who follows",
        f"{FOLLOWERS}/queries.sql",
        "WHERE followers.local_actor = :local_actor AND remote_actors.origin = :origin\nORDER BY",
        "WHERE followers.local_actor = :local_actor\nORDER BY",
        f"{T_TELL}::test_ac_6_2_the_list_shows_a_server_its_own_people_and_nobody_elses",
    ),
    Guard(
        "a list of followers only for a signature",
        "AC-6.2: anybody reads who follows",
        DOORS,
        "        return error_json(error.reason, error.status)\n    origin = str(origin_of(signer.id))\n",
        '        origin = "https://mastodon.test.example"\n    else:\n        origin = str(origin_of(signer.id))\n',
        f"{T_TELL}::test_without_a_signature_that_holds_nobody_is_named",
    ),
    Guard(
        "the digest goes only with what is for followers",
        "FEP-8fcf: a server learns of followers from what is not for them",
        f"{FOLLOWERS}/synchronization.py",
        '    return activity.get("type") == "Create" and uris.followers(actor_id) in audience\n',
        "    return True\n",
        f"{T_TELL}::test_only_a_create_to_followers_bears_the_header",
    ),
    Guard(
        "a list and a collection of the sender's own origin",
        "SSR: a header leads to a third server",
        HEADER,
        "    if not (same_origin(collection_id, actor_id) and same_origin(url, actor_id)):\n",
        "    if False:\n",
        f"{T_HEADER}::test_another_servers_address_is_refused",
    ),
    Guard(
        "no parameter twice",
        "two readers, two lists",
        HEADER,
        "        if match is None or match[1].lower() in found:\n",
        "        if match is None:\n",
        f"{T_HEADER}::test_what_is_not_that_header_is_refused",
    ),
    Guard(
        "only a header under the signature counts",
        "SIG-06: somebody on the way adds it",
        "federation/inbox.py",
        "    for wanted in _SIGNED_HEADERS & claim.covered:\n",
        "    for wanted in _SIGNED_HEADERS:\n",
        f"{T_HEAR}::test_a_header_that_is_not_signed_counts_for_nothing",
    ),
    Guard(
        "one question an hour about an actor's followers",
        "RES-11: every post makes us ask",
        f"{FOLLOWERS}/synchronization.py",
        "    if errands.waiting(tx, SYNCHRONIZE, subject) is not None:\n",
        "    if False:\n",
        f"{T_HEAR}::test_the_same_digest_costs_no_question_and_another_one_an_hour",
    ),
    Guard(
        "one question an hour about all strangers of a server",
        "RES-11: ten thousand actors make us ask",
        f"{FOLLOWERS}/synchronization.py",
        "    subject = actor_id if alive else str(origin_of(actor_id))\n",
        "    subject = actor_id\n",
        f"{T_HEAR}::test_strangers_of_one_server_cost_one_question_an_hour_together",
    ),
    Guard(
        "the list has the digest that was said",
        "FEP-8fcf: a list that changed, or half of one",
        DOORS,
        ' or digest_of(ids) != detail["digest"]:\n',
        ":\n",
        f"{T_HEAR}::test_a_header_that_lies_changes_nothing[another-digest]",
    ),
    Guard(
        "nobody twice in a list",
        "FEP-8fcf: two of the same leave no trace in the digest",
        DOORS,
        " or len(listed) != len(read.items)",
        "",
        f"{T_HEAR}::test_whoever_stands_twice_in_a_list_spoils_it",
    ),
    Guard(
        "the collection is the sender's own",
        "IDC: one account speaks of another's followers",
        DOORS,
        ' or actor.followers != detail["collection"]:\n',
        ":\n",
        f"{T_HEAR}::test_a_header_that_lies_changes_nothing[another-actors-collection]",
    ),
)
