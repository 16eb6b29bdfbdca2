"""Guards at signatures of requests, ours and theirs, and at the door through which we ask others."""

from tests.guards.guard import Guard

SCHEME = "federation/http_signatures/scheme.py"
CAVAGE = "federation/http_signatures/cavage.py"
RFC9421 = "federation/http_signatures/rfc9421.py"
DIGESTS = "federation/http_signatures/digests.py"
DATES = "federation/http_signatures/dates.py"
MESSAGE = "federation/http_signatures/message.py"
FIELDS = "federation/http_signatures/structured_fields.py"
WISHES = "federation/http_signatures/accept_signature.py"
KNOCKS = "federation/knocks.py"
CLIENT = "federation/client.py"
FETCHING = "federation/fetching.py"

T_OLD = "tests/federation/test_scheme.py"
T_OLD_REFUSED = f"{T_OLD}::test_ac_1_2_a_request_that_lacks_something_gets_401_with_a_reason"
T_NEW = "tests/federation/test_rfc9421.py"
T_NEW_REFUSED = (
    "tests/federation/test_rfc9421_refused.py::"
    "test_ac_1_2_a_request_that_lacks_something_gets_401_with_a_reason"
)
T_UNPROVEN = f"{T_NEW}::test_what_was_not_signed_so_is_not_proven"
T_KNOCKS = "tests/federation/test_double_knock.py"
T_GETS = "tests/federation/test_client_signed_gets.py"
T_WISHES = "tests/federation/test_accept_signature.py"
T_REFUSALS = "tests/federation/test_client_refusals.py"
T_CONDITIONS = "tests/federation/test_client_conditions.py"

SIGNATURES = (
    Guard(
        "no security header twice",
        "SAFETY 8.5",
        MESSAGE,
        "        if name in found and name in _ONCE_ONLY:\n",
        "        if False:\n",
        f"{T_OLD}::test_a_repeated_security_header_is_refused_even_with_one_value",
    ),
    Guard(
        "no fall back from the newer scheme to the older",
        "PROTOCOL 1.2",
        SCHEME,
        '    if "signature-input" in headers:\n',
        '    if "signature-input" in headers and "keyId=" not in headers.get("signature", ""):\n',
        f"{T_OLD}::test_a_request_that_says_it_follows_rfc_9421_is_never_read_the_older_way",
    ),
    Guard(
        "draft-cavage covers the target and the host",
        "SIG-09",
        SCHEME,
        '    if "(request-target)" not in covered or "host" not in covered:\n',
        "    if False:\n",
        T_OLD_REFUSED,
    ),
    Guard(
        "draft-cavage covers the digest",
        "SIG-06, CVE-2023-49079",
        SCHEME,
        '    if "digest" not in covered and request.needs_digest:\n',
        "    if False:\n",
        T_OLD_REFUSED,
    ),
    Guard(
        "draft-cavage is signed for our host",
        "SIG-11",
        SCHEME,
        '    _check_host(headers.get("host", ""), origin)\n',
        "",
        T_OLD_REFUSED,
    ),
    Guard(
        "draft-cavage bears a date under the signature",
        "SIG-02, AC-1.2",
        SCHEME,
        '    if not times:\n        raise NotAuthentic("date-missing")\n',
        "",
        T_OLD_REFUSED,
    ),
    Guard(
        "no parameter of a signature twice",
        "AC-1.2, fixed in Mastodon 4.5.5",
        CAVAGE,
        "        if name in parameters:\n",
        "        if False:\n",
        T_OLD_REFUSED,
    ),
    Guard(
        "draft-cavage by RSA under its own name or none",
        "SIG-15",
        SCHEME,
        "    if header.algorithm not in cavage.ALGORITHMS:\n",
        "    if False:\n",
        T_OLD_REFUSED,
    ),
    Guard(
        "draft-cavage by an RSA key",
        "SIG-15",
        SCHEME,
        "            if not isinstance(public_key, RsaPublicKey):\n",
        "            if False:\n",
        f"{T_OLD}::test_a_signature_by_another_key_is_a_mismatch",
    ),
    Guard(
        "a line break forges no line",
        "PROTOCOL 1.1",
        CAVAGE,
        '        if "\\n" in text or "\\r" in text:\n',
        "        if False:\n",
        "tests/federation/test_cavage.py",
    ),
    Guard(
        "the digest is the body's",
        "SIG-04, SIG-05",
        DIGESTS,
        "    if not hmac.compare_digest(claimed, hashlib.sha256(body).digest()):\n",
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "only SHA-256 ties a body to a signature",
        "AC-1.2",
        DIGESTS,
        '    if "sha-256" not in digests:\n        raise NotAuthentic("digest-algorithm")\n',
        '    if "sha-256" not in digests:\n        return\n',
        T_NEW_REFUSED,
    ),
    Guard(
        "signed within an hour and five minutes",
        "SIG-02, SIG-03, SIG-23",
        DATES,
        "    if any(abs(now - time) > MAX_SKEW for time in signed_at):\n",
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "expired is expired",
        "SIG-23",
        DATES,
        "    if from_seconds(expires) <= now:\n",
        "    if from_seconds(expires) <= now and False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "nothing expires before it was made",
        "SIG-23",
        DATES,
        "    if created is not None and expires < created:\n",
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "RFC 9421 covers the method and the target",
        "SIG-22",
        SCHEME,
        '    if "@method" not in covered or not _names_target(covered, request.target):\n',
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "RFC 9421 covers a query that is there",
        "SIG-22",
        SCHEME,
        '{"@path", "@query"} if "?" in target else {"@path"}',
        '{"@path"}',
        T_NEW_REFUSED,
    ),
    Guard(
        "RFC 9421 covers the digest",
        "SIG-22",
        SCHEME,
        "    elif request.needs_digest:\n",
        "    elif False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "a covered Content-Digest is looked at",
        "SIG-05",
        SCHEME,
        "        check_content_digest(request.headers, request.body)\n",
        "        pass\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "the target stays on our origin",
        "SIG-11",
        SCHEME,
        '    if not request.target.startswith("/"):\n',
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "our origin is under the signature",
        "SIG-11",
        SCHEME,
        "            url = claim.origin + request.target\n",
        "            url = f\"https://{dict(headers)['host']}{request.target}\"\n",
        "tests/federation/test_signature_oracles.py::test_ac_1_10_we_verify_what_the_library_signs_by_itself",
    ),
    Guard(
        "exactly one signature",
        "AC-1.2",
        RFC9421,
        "    if len(inputs) != 1 or len(signatures) != 1:\n",
        "    if not inputs or not signatures:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "one label in both headers",
        "AC-1.2",
        RFC9421,
        "    if inputs.keys() != signatures.keys():\n",
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "no unknown parameter of a signature",
        "SIG-23",
        RFC9421,
        "    if not _PARAMETERS.issuperset(parameters):\n",
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "created is there",
        "SIG-23",
        RFC9421,
        '    if "created" not in parameters:\n        raise NotAuthentic("created-missing")\n',
        '    parameters.setdefault("created", 1795422600)\n',
        T_NEW_REFUSED,
    ),
    Guard(
        "created is a whole number",
        "SIG-23",
        RFC9421,
        "        if name in parameters and type(parameters[name]) is not int:\n",
        "        if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "RFC 9421 by RSA v1.5 or Ed25519, never HMAC",
        "SIG-15",
        SCHEME,
        "    if header.algorithm not in rfc9421.ALGORITHMS:\n",
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "the algorithm is the key's",
        "SIG-15",
        RFC9421,
        "    if header.algorithm not in (None, algorithm.algorithm_id):\n",
        "    if False:\n",
        T_UNPROVEN,
    ),
    Guard(
        "no component with parameters",
        "two readings of one request",
        RFC9421,
        '        if parameters:\n            raise NotAuthentic("component-parameter")\n',
        "",
        T_NEW_REFUSED,
    ),
    Guard(
        "no component that a request does not have",
        "two readings of one request",
        RFC9421,
        "        if name not in DERIVED and not _FIELD_NAME.fullmatch(name):\n",
        "        if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "no folded header under a signature",
        "two readings of one request",
        RFC9421,
        '    if any("\\r" in value or "\\n" in value for value in values):\n',
        "    if False:\n",
        T_UNPROVEN,
    ),
    Guard(
        "our clock, and not the machine's",
        "PROTOCOL 1.1",
        RFC9421,
        "    def validate_created_and_expires(",
        "    def validate_nothing(",
        f"{T_NEW}::test_our_clock_counts_and_not_the_machine_s",
    ),
    Guard(
        "short structured fields",
        "RES-02",
        FIELDS,
        "    if len(value) > MAX_CHARACTERS:\n",
        "    if False:\n",
        T_NEW_REFUSED,
    ),
    Guard(
        "nothing twice in a structured field",
        "AC-1.2",
        FIELDS,
        ", on_duplicate_key=_refuse)",
        ")",
        T_NEW_REFUSED,
    ),
    Guard(
        "a wish never takes away what ties a signature to its server",
        "cross-server replay",
        SCHEME,
        "dict.fromkeys(covered + more_names + wish.components)",
        "dict.fromkeys(wish.components or covered + more_names)",
        f"{T_WISHES}::test_a_wish_never_takes_away_what_ties_a_signature_to_its_server",
    ),
    Guard(
        "only what we can sign is signed on request",
        "hostile Accept-Signature",
        WISHES,
        " or not signable.issuperset(names)",
        "",
        f"{T_WISHES}::test_what_is_asked_for_is_done_whole_or_not_at_all",
    ),
    Guard(
        "a wish is done once",
        "hostile Accept-Signature",
        KNOCKS,
        "            self._may_ask = False\n",
        "",
        f"{T_WISHES}::test_a_wish_is_done_once_however_often_it_is_uttered",
    ),
    Guard(
        "at most three requests for one",
        "RES-10",
        KNOCKS,
        "        while self._left and self.count < MAX_KNOCKS:\n",
        "        while self._left:\n",
        f"{T_WISHES}::test_a_get_that_is_asked_for_more_still_costs_at_most_three_requests",
    ),
    Guard(
        "every knock is paid for",
        "RES-10, CVE-2026-34148",
        CLIENT,
        "        while True:\n            if budget is not None:\n                budget.spend_request()\n",
        "        while True:\n",
        f"{T_GETS}::test_every_knock_is_paid_for_from_the_budget",
    ),
    Guard(
        "what worked is remembered for a week",
        "CVE-2026-69132",
        KNOCKS,
        "        if now - known.since >= REMEMBER:\n",
        "        if False:\n",
        f"{T_KNOCKS}::test_ac_1_4_after_seven_days_it_is_forgotten_whether_it_was_used_or_not",
    ),
    Guard(
        "what worked is remembered of so many servers",
        "RES-11",
        KNOCKS,
        "        while len(self._known) > MAX_REMEMBERED:\n",
        "        while False:\n",
        f"{T_KNOCKS}::test_the_memory_is_bounded_and_drops_what_was_longest_unused",
    ),
    Guard(
        "what has worked weighs more than a hint",
        "FEP-844e",
        KNOCKS,
        "        if self._live(origin, now) is None:\n",
        "        if True:\n",
        f"{T_KNOCKS}::test_a_hint_that_is_wrong_costs_one_request_and_does_not_come_back",
    ),
    Guard(
        "who is blocked is asked nothing",
        "SAFETY 8.12",
        CLIENT,
        "        if self._refuses(parsed.authority):\n",
        "        if False:\n",
        f"{T_REFUSALS}::test_a_blocked_host_is_not_asked_by_any_way",
    ),
    Guard(
        "only words with the shape of a validator are kept",
        "header injection",
        FETCHING,
        "etag if _ETAG.fullmatch(etag) else None",
        "etag",
        f"{T_CONDITIONS}::test_only_an_entity_tag_is_kept",
    ),
)
