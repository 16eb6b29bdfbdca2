"""Guards at the inbox: who signed, who wrote, and what both may cost before we know."""

from tests.guards.guard import Guard

INBOX = "federation/inbox.py"
SIGNERS = "federation/signers.py"
READERS = "federation/readers.py"
STRANGERS = "federation/strangers.py"
PACE = "federation/pace.py"
REGISTRABLE = "federation/registrable.py"
PROOFS = "federation/integrity_proofs.py"
BODIES = "server/endpoints/bodies.py"
DISPATCH = "server/endpoints/dispatch.py"
RECEIVED = "server/fediverse/received/store.py"

T_INBOX = "tests/federation/test_inbox.py"
T_SIGNATURES = "tests/federation/test_inbox_signatures.py"
T_CATALOGUE = "tests/federation/test_inbox_catalogue.py"
T_KEYS = "tests/federation/test_inbox_keys.py"
T_PROOFS = "tests/federation/test_inbox_proofs.py"
T_FORWARDING = "tests/federation/test_inbox_forwarding.py"
T_OWNERS = "tests/federation/test_inbox_owners.py"
T_STATEMENTS = "tests/federation/test_identity_statements.py"
T_READERS = "tests/federation/test_readers.py"
T_STRANGERS = "tests/federation/test_strangers.py"
T_PACE = "tests/federation/test_pace.py"
T_REGISTRABLE = "tests/federation/test_registrable.py"
T_DOOR = "tests/server/endpoints/test_inbox_answers.py"
T_SPOOFS = "tests/server/endpoints/test_spoofs.py"

RECEIVING = (
    Guard(
        "a body that is not the signed one is not parsed",
        "SIG-04, SIG-05",
        INBOX,
        '    if "content-digest" in names:\n',
        "    if False:\n",
        f"{T_KEYS}::test_sig_04_a_body_changed_after_signing_is_not_even_parsed",
    ),
    Guard(
        "only the two media types are read",
        "AC-2.1 f, IDC-11",
        INBOX,
        "    if len(types) != 1 or not is_activity_json(types[0]):\n",
        "    if False:\n",
        f"{T_INBOX}::test_another_media_type_is_415",
    ),
    Guard(
        "deletions of accounts never heard of are dropped unasked",
        "AC-2.4",
        INBOX,
        '        return Ignored("unknown-actor")\n',
        "        pass\n",
        f"{T_INBOX}::test_ac_2_4_deletes_of_accounts_never_heard_of_cause_no_request",
    ),
    Guard(
        "a blocked author is refused before anything is fetched",
        "suspended users let in by others (CVE-2026-23961)",
        INBOX,
        "    if is_blocked(authority_of(actor_id)):\n",
        "    if False:\n",
        f"{T_FORWARDING}::test_neither_a_blocked_carrier_nor_a_blocked_author_gets_through",
    ),
    Guard(
        "a blocked server's key is refused before it is fetched",
        "PROTOCOL 2.5",
        INBOX,
        "    if is_blocked(authority_of(claim.key_id)):\n",
        "    if False:\n",
        f"{T_FORWARDING}::test_neither_a_blocked_carrier_nor_a_blocked_author_gets_through",
    ),
    Guard(
        "a key of another host is not even fetched",
        "SIG-12",
        INBOX,
        "    if not same_origin(claim.key_id, actor_id) and not _shows_author("
        "document, actor_id, proved, passed_on):\n",
        "    if False:\n",
        f"{T_SIGNATURES}::test_sig_12_a_stranger_who_signs_for_a_stranger_costs_no_fetch",
    ),
    Guard(
        "the signer is the actor",
        "IDC-01, Fedify CVE-2025-54888",
        INBOX,
        "    if signer.id == actor_id:\n",
        "    if True:\n",
        f"{T_SIGNATURES}::test_idc_01_neither_can_a_neighbour_on_the_same_host",
    ),
    Guard(
        "a readable proof decides, also against the signature",
        "SIG-27, FEP-8b32",
        INBOX,
        "        if proved:\n            actor, fresh = await verification.author(document, actor_id, signer, fresh)\n",
        "",
        f"{T_PROOFS}::test_sig_27_a_proof_that_does_not_hold_is_401_although_the_signature_does",
    ),
    Guard(
        "nothing of what is passed on is believed",
        "AC-1.11, CVE-2022-24307, CVE-2026-46349",
        INBOX,
        "        return Forwarded(kind, passed_on, actor_id, signer)\n",
        "        actor = (await verification.actors.by_id(actor_id)) or signer\n",
        f"{T_FORWARDING}::test_ac_1_11_what_is_passed_on_is_known_by_its_id_alone",
    ),
    Guard(
        "what is passed on leads to its author's origin alone",
        "AC-1.11, SSRF by a forwarded id",
        INBOX,
        "    return object_id if object_id is not None and same_origin(object_id, actor_id) else None\n",
        "    return object_id\n",
        f"{T_FORWARDING}::test_sig_12_ac_1_11_everything_else_of_another_signer_is_401_unasked",
    ),
    Guard(
        "a header that another carrier signed is not the actor's",
        "a followers' digest in another's name (FEP-8fcf)",
        INBOX,
        "        headers=_signed_headers(request, claim) if signer.id == actor_id else {},\n",
        "        headers=_signed_headers(request, claim),\n",
        f"{T_KEYS}::test_a_header_that_another_carrier_signed_is_not_the_actors",
    ),
    Guard(
        "a header counts only under the signature",
        "a followers' digest added on the way",
        INBOX,
        "    for wanted in _SIGNED_HEADERS & claim.covered:\n",
        "    for wanted in _SIGNED_HEADERS:\n",
        f"{T_KEYS}::test_a_header_counts_where_the_actor_signed_it",
    ),
    Guard(
        "a sender that was verified is limited by its own origin",
        "one server's flood",
        INBOX,
        "    client.strangers.pace.take(str(origin_of(signer.id)), now)\n",
        "",
        f"{T_KEYS}::test_verified_senders_are_limited_by_their_own_origin_alone",
    ),
    Guard(
        "a key for proofs signs requests by RFC 9421 alone",
        "SIG-15",
        SIGNERS,
        '    method = actor.assertion_methods.get(claim.key_id) if claim.scheme == "rfc9421" else None\n',
        "    method = actor.assertion_methods.get(claim.key_id)\n",
        f"{T_KEYS}::test_sig_15_a_key_for_proofs_does_not_sign_after_the_older_draft",
    ),
    Guard(
        "a remembered actor's refetch has a pool of its own",
        "AC-1.6, RES-11",
        SIGNERS,
        "        fetches = strangers.again if remembered else strangers.first\n",
        "        fetches = strangers.first\n",
        f"{T_KEYS}::test_res_11_forged_keys_of_remembered_actors_have_a_small_pool_of_their_own",
    ),
    Guard(
        "one verification has ten seconds",
        "RES-06, SSR-17",
        SIGNERS,
        "                async with asyncio.timeout_at(self._until):\n",
        "                async with asyncio.timeout(None):\n",
        f"{T_CATALOGUE}::test_ac_2_3_ssr_17_a_key_that_drips_in_is_given_up",
    ),
    Guard(
        "one budget for key, owner and author",
        "RES-10, Fedify CVE-2026-34148",
        SIGNERS,
        "            lambda: fetch_key(self.client, claim.key_id, budget=self.budget),\n",
        "            lambda: fetch_key(self.client, claim.key_id),\n",
        f"{T_KEYS}::test_one_verification_asks_five_times_at_most",
    ),
    Guard(
        "an old proof is not passed on anew",
        "an edit of last year, replayed by a third party",
        SIGNERS,
        "            _require_recent(document, self.now)\n",
        "            pass\n",
        f"{T_PROOFS}::test_what_was_proved_long_ago_is_not_passed_on_anew",
    ),
    Guard(
        "a proof that no key could mend asks for none",
        "RES-11",
        SIGNERS,
        "or error.reason not in _BY_ANOTHER_KEY:\n",
        "or False:\n",
        f"{T_PROOFS}::test_sig_27_a_proof_that_does_not_hold_is_401_although_the_signature_does",
    ),
    Guard(
        "a did:key counts where the owner shows its statement",
        "SIG-27, FEP-c390",
        PROOFS,
        '    if method.partition("#")[0] in owner.identities:\n',
        '    if method.startswith("did:key:"):\n',
        f"{T_PROOFS}::test_a_did_key_without_a_statement_speaks_for_nobody",
    ),
    Guard(
        "a statement of an identity is about this actor",
        "FEP-c390, a statement copied from another actor",
        PROOFS,
        '    if id_of(statement.get("alsoKnownAs")) != actor_id:\n',
        "    if False:\n",
        f"{T_STATEMENTS}::test_ac_1_9_a_statement_of_an_identity_holds_for_the_actor_it_names_alone",
    ),
    Guard(
        "a statement is proved by the key it speaks of",
        "FEP-c390",
        PROOFS,
        '    if (method_of(statement) or "").partition("#")[0] != subject:\n',
        "    if False:\n",
        f"{T_STATEMENTS}::test_ac_1_9_another_statement_ties_nobody_to_anything",
    ),
    Guard(
        "a signed GET of a blocked server is refused unfetched",
        "PROTOCOL 1.3",
        READERS,
        "    if is_blocked(authority_of(claim.key_id)):\n",
        "    if False:\n",
        f"{T_READERS}::test_a_blocked_reader_is_403_before_anything_is_fetched",
    ),
    Guard(
        "names below one registered domain share what they may cost",
        "RES-11, wildcard DNS",
        REGISTRABLE,
        "    return _suffixes().privatesuffix(url.host) or authority\n",
        "    return authority\n",
        f"{T_KEYS}::test_res_11_a_wildcard_in_the_dns_is_one_domain",
    ),
    Guard(
        "failures at one domain are counted",
        "RES-11",
        STRANGERS,
        "        if lane.spent >= self._allowance.per_minute or lane.fetched >= FETCHES_PER_DOMAIN:\n",
        "        if False:\n",
        f"{T_STRANGERS}::test_thirty_failures_a_minute_for_one_domain_and_others_do_not_suffer",
    ),
    Guard(
        "what was really asked is what it costs",
        "RES-11, knocking at a victim three times for each key",
        STRANGERS,
        "                lane.spent += cost - 1\n",
        "",
        f"{T_STRANGERS}::test_what_a_fetch_really_asked_is_what_it_costs",
    ),
    Guard(
        "two fetches at once for a domain",
        "SSR-17",
        STRANGERS,
        "                        await turns.enter_async_context(lane.turn)\n",
        "",
        f"{T_STRANGERS}::test_two_at_once_for_a_domain_and_eight_in_all",
    ),
    Guard(
        "a few fetches at once in all",
        "SSR-17, R4",
        STRANGERS,
        "                        await turns.enter_async_context(self._turn)\n",
        "",
        f"{T_STRANGERS}::test_two_at_once_for_a_domain_and_eight_in_all",
    ),
    Guard(
        "who waits for strangers leaves room for others",
        "SSR-17",
        STRANGERS,
        "        if self._waiting >= limits.waiting or lane.waiting >= limits.waiting_per_domain:\n",
        "        if False:\n",
        f"{T_STRANGERS}::test_ssr_17_who_waits_for_a_slow_host_leaves_room_for_others",
    ),
    Guard(
        "who hangs up does not make room for more fetches",
        "SSR-17",
        STRANGERS,
        "            if len(self._running) >= limits.waiting or lane.tasks >= limits.waiting_per_domain:\n",
        "            if False:\n",
        f"{T_STRANGERS}::test_who_hangs_up_does_not_make_room_for_more_fetches",
    ),
    Guard(
        "an answer is kept, good or bad",
        "SIG-20, AC-1.6",
        STRANGERS,
        "        if kept is not None and kept.holds(now):\n",
        "        if False:\n",
        f"{T_STRANGERS}::test_an_address_is_asked_once_in_five_minutes",
    ),
    Guard(
        "a host that is silent is not asked for other keys either",
        "RES-11",
        STRANGERS,
        "        if silent is not None and silent.holds(now):\n",
        "        if False:\n",
        f"{T_STRANGERS}::test_a_host_that_is_silent_is_not_asked_for_other_keys_either",
    ),
    Guard(
        "one address that refuses does not silence its host",
        "a stranger who finds a 403 on an honest server",
        STRANGERS,
        " and answer.error.reason in _SILENT:\n",
        ":\n",
        f"{T_STRANGERS}::test_one_address_that_refuses_says_nothing_of_the_others_on_its_host",
    ),
    Guard(
        "what is kept of strangers is bounded",
        "Fedify CVE-2026-69132",
        STRANGERS,
        "        while len(self._answers) > MAX_REMEMBERED or self._weight > MAX_REMEMBERED_BYTES:\n",
        "        while False:\n",
        f"{T_STRANGERS}::test_memory_is_bounded",
    ),
    Guard(
        "what is kept of the verified is bounded",
        "Fedify CVE-2026-69132",
        PACE,
        "        if len(self._buckets) > MAX_REMEMBERED:\n",
        "        if False:\n",
        f"{T_PACE}::test_memory_is_bounded",
    ),
    Guard(
        "a length is refused before the body is read",
        "RES-02, R5",
        BODIES,
        "    if announced and int(announced) > MAX_INBOX_BYTES:\n",
        "    if False:\n",
        f"{T_DOOR}::test_ac_2_3_413_is_said_before_a_huge_body_is_read",
    ),
    Guard(
        "reading ends at the limit",
        "RES-03, R5",
        BODIES,
        "                        if size > MAX_INBOX_BYTES:\n",
        "                        if size > 100 * MAX_INBOX_BYTES:\n",
        f"{T_DOOR}::test_ac_2_3_413_is_said_before_a_huge_body_is_read",
    ),
    Guard(
        "bytes that are held are counted",
        "R5",
        BODIES,
        "                        if self._held_bytes < 0:\n",
        "                        if False:\n",
        f"{T_DOOR}::test_503_when_too_many_bytes_are_held_and_they_are_given_back",
    ),
    Guard(
        "one id stands for one activity",
        "SIG-16, INT-10",
        RECEIVED,
        '    if row is None or row["body_hash"] != activity.body_hash:\n',
        "    if False:\n",
        f"{T_SPOOFS}::test_sig_16_the_same_request_again_has_no_second_effect",
    ),
    Guard(
        "nobody's wish is no reason to fetch",
        "AC-1.11, RES-11",
        DISPATCH,
        "    if wanted:\n",
        "    if True:\n",
        f"{T_SPOOFS}::test_ac_1_11_what_nobody_here_wants_leaves_no_errand",
    ),
)
