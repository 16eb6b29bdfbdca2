"""Guards around reading: who gets documents in secure mode, who is remembered as a reader, where WebFinger leads."""

from tests.guards.guard import Guard

FETCH = "server/endpoints/authorized_fetch.py"
T_FETCH = "tests/server/endpoints/test_authorized_fetch.py"
READERS = "server/endpoints/signed_readers.py"
STORE = "server/fediverse/call_readers/store.py"
QUERIES = "server/fediverse/call_readers/queries.sql"
T_READERS = "tests/server/endpoints/test_signed_readers.py"
INSTANCE = "federation/instance_actors.py"
T_INSTANCE = "tests/federation/test_instance_actors.py"
HOST_META = "federation/host_meta.py"
WEBFINGER = "federation/webfinger.py"
T_HOST_META = "tests/federation/test_host_meta.py"
UNSIGNED = f"{T_FETCH}::test_ac_1_8_no_door_answers_a_document_unsigned_but_the_instance_actors"

DOCUMENTS = (
    Guard(
        "documents of actors go through the one door",
        "AC-1.8",
        "server/endpoints/actor.py",
        'Door("/actors/{handle}", authorized(actor), PUBLIC)',
        'Door("/actors/{handle}", actor, PUBLIC)',
        UNSIGNED,
    ),
    Guard(
        "documents of calls go through the one door",
        "AC-1.8",
        "server/initiative/calls/feature.py",
        'Door("/calls/{call_id}", authorized(pages.call), PUBLIC)',
        'Door("/calls/{call_id}", pages.call, PUBLIC)',
        UNSIGNED,
    ),
    Guard(
        "what is a document decides, not what was asked for",
        "AC-1.8, a GET that accepts anything",
        FETCH,
        '        if signer is None and is_activity_json(response.headers.get("content-type")):\n',
        "        if False:\n",
        UNSIGNED,
    ),
    Guard(
        "refused before it is looked for",
        "404 and 304 as an oracle",
        FETCH,
        "        asks = wants_activity_json(request)\n",
        "        asks = False\n",
        f"{T_FETCH}::test_an_unsigned_guess_learns_nothing_not_even_a_304",
    ),
    Guard(
        "a signed document is for no shared cache",
        "AC-1.8, a proxy answers the next one",
        FETCH,
        "        response.headers.update(PRIVATE)\n",
        "        pass\n",
        f"{T_FETCH}::test_ac_1_8_who_signs_gets_every_document",
    ),
    Guard(
        "a blocked account reads nothing",
        "CVE-2026-23961: every ingress",
        FETCH,
        "        if await self._services.database.read(partial(moderation.is_blocked, actor_id=signer.id)):\n",
        "        if False:\n",
        f"{T_FETCH}::test_who_is_blocked_gets_403_and_a_neighbour_of_a_blocked_account_does_not",
    ),
    Guard(
        "the instance actor is open to everybody",
        "AC-1.8, two servers in secure mode wait for each other",
        "server/endpoints/actor.py",
        '    Door("/actor", actor, PUBLIC),\n',
        '    Door("/actor", authorized(actor), PUBLIC),\n',
        "tests/journeys/test_somebody_on_gotosocial_follows.py"
        "::test_ac_1_8_follows_go_both_ways_and_a_call_arrives_between_servers_in_secure_mode",
    ),
    Guard(
        "few signatures of readers wait at a time",
        "RES-11",
        READERS,
        "        if len(self._tasks) >= MOST_WAITING:\n",
        "        if False:\n",
        f"{T_READERS}::test_the_answer_does_not_wait_for_the_readers_server",
    ),
    Guard(
        "a reader is a server, never a person",
        "PROTOCOL 5.4; A3",
        READERS,
        '        if signer.type != "Person":\n',
        "        if True:\n",
        f"{T_READERS}::test_never_a_person",
    ),
    Guard(
        "a blocked server is remembered for nothing",
        "CVE-2026-23961: every ingress",
        READERS,
        "    if not moderation.is_blocked(tx, signer_id):\n",
        "    if True:\n",
        f"{T_READERS}::test_who_is_blocked_is_not_remembered",
    ),
    Guard(
        "a call has a bounded number of readers",
        "RES-12",
        QUERIES,
        "  AND (SELECT COUNT(*) FROM call_readers WHERE call_uri = :call_uri) < :most\n",
        "  AND :most > 0\n",
        f"{T_READERS}::test_a_call_has_no_more_readers_than_it_may",
    ),
    Guard(
        "one domain takes few of a call's places",
        "RES-12, wildcard DNS (Mastodon before 4.0.2)",
        STORE,
        "    return len(others) < MOST_OF_A_DOMAIN and all(",
        "    return all(",
        f"{T_READERS}::test_res_12_one_domain_with_many_names_takes_few_of_the_places",
    ),
    Guard(
        "a withdrawn call takes nobody in",
        "INT-11: a signature proven after the end",
        QUERIES,
        "  AND state <> 'withdrawn'\n",
        "",
        f"{T_READERS}::test_a_withdrawn_call_takes_nobody_in",
    ),
    Guard(
        "a server's own actor is of its origin and no person",
        "SSR, Fedify CVE-2026-62857",
        INSTANCE,
        "        if href is not None and same_origin(href, origin):\n",
        "        if href is not None:\n",
        f"{T_INSTANCE}::test_what_is_a_persons_or_another_servers_does_not_count",
    ),
    Guard(
        "no XML that declares anything",
        "RES, entities that grow; SSR by entities (Pleroma 2.5.3)",
        HOST_META,
        '    if "<!" in text or "\\0" in text:\n',
        "    if False:\n",
        f"{T_HOST_META}::test_what_is_no_host_meta_is_malformed",
    ),
    Guard(
        "no XML in an encoding that hides what is looked for",
        "entities in UTF-16",
        HOST_META,
        ' or "\\0" in text:\n',
        ":\n",
        f"{T_HOST_META}::test_what_is_no_host_meta_is_malformed",
    ),
    Guard(
        "410 of WebFinger is meant",
        "PROTOCOL 5.4",
        WEBFINGER,
        "None if gone.deleted or once else",
        "None if once else",
        f"{T_HOST_META}::test_410_is_meant_and_nobody_else_is_asked",
    ),
    Guard(
        "what visitors type is asked once",
        "RES-11, a host-meta that names a third host",
        WEBFINGER,
        "None if gone.deleted or once else",
        "None if gone.deleted else",
        f"{T_HOST_META}::test_what_visitors_type_is_asked_once",
    ),
    Guard(
        "a template leads to TLS",
        "SSR-10, a downgrade",
        WEBFINGER,
        '        safe = there.startswith("https://") or same_origin(there, url)\n',
        "        safe = True\n",
        f"{T_HOST_META}::test_a_template_does_not_lead_out_of_tls",
    ),
)
