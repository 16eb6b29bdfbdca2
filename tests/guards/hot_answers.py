"""Guards at what is answered from memory: that it is everybody's, still true, and not anybody's to fill."""

from tests.guards.guard import Guard

HOT = "server/web/hot_answers.py"
T_HOT = "tests/server/web/test_hot_answers.py"
T_DOORS = "tests/doors/test_hot_answers.py"
SHELF = "server/web/shelf.py"

HOT_ANSWERS = (
    Guard(
        "who has a cookie is not answered from memory",
        "WEB-08, BREACH",
        HOT,
        'frozenset({b"cookie", ',
        "frozenset({",
        f"{T_DOORS}::test_whoever_has_a_cookie_is_never_answered_from_memory",
    ),
    Guard(
        "what is not said to be public is not remembered",
        "WEB-08",
        HOT,
        '        and said.get("cache-control", "").partition(",")[0] == "public"\n',
        "",
        f"{T_HOT}::test_what_a_shared_cache_may_not_keep_is_not_kept",
    ),
    Guard(
        "what sets a cookie is not remembered",
        "WEB-08",
        HOT,
        '        and "set-cookie" not in said\n',
        "",
        f"{T_HOT}::test_what_a_shared_cache_may_not_keep_is_not_kept",
    ),
    Guard(
        "what was chosen by something else is not remembered",
        "WEB-04, cache poisoning",
        HOT,
        "        and chosen_by <= _CHOSEN_BY\n",
        "",
        f"{T_HOT}::test_what_a_shared_cache_may_not_keep_is_not_kept",
    ),
    Guard(
        "what changed is not answered from memory",
        "CVE-2025-62175: what was taken away goes on being shown",
        HOT,
        " and not self._changes.since(answer.number, answer.tables)",
        "",
        f"{T_DOORS}::test_the_very_next_reader_sees_what_was_changed",
    ),
    Guard(
        "whoever asks after a change is not told what was begun before it",
        "CVE-2025-62175",
        HOT,
        "            await making.done.wait()\n"
        "            # What was begun before a change is not the answer to what was asked after it.\n"
        "            answer = self._remembered(wish)\n",
        "            await making.done.wait()\n            answer = self.shelf.get(wish)\n",
        f"{T_HOT}::test_only_what_was_begun_after_a_change_is_told_to_who_asks_after_it",
    ),
    Guard(
        "who signs for a call is seen each time",
        "AC-5.6",
        HOT,
        "            for_signers=CALL_READ not in self.observed,\n",
        "            for_signers=True,\n",
        f"{T_DOORS}::test_ac_5_6_who_signs_for_a_call_that_is_in_memory_hears_of_its_edits",
    ),
    Guard(
        "in secure mode who signs is looked at each time",
        "PROTOCOL 1.3",
        HOT,
        ' or (self._secure and b"signature" in headers)',
        "",
        f"{T_HOT}::test_in_secure_mode_who_signs_asks_the_application",
    ),
    Guard(
        "another host is not answered from memory",
        "WEB-04, SIG-11",
        HOT,
        '        if headers.get(b"host", b"").lower() != self._authority or ',
        "        if ",
        f"{T_DOORS}::test_another_host_is_refused_though_the_answer_is_at_hand",
    ),
    Guard(
        "a header that stands there twice is for the application",
        "two readers, two requests",
        HOT,
        '        if len(headers) != len(scope["headers"]) or not ',
        "        if not ",
        f"{T_HOT}::test_a_header_that_stands_there_twice_is_for_the_application_to_judge",
    ),
    Guard(
        "what is remembered was made for nobody in particular",
        "R17",
        HOT,
        "            await self._make(wish, scope if signed else _plain(scope, wish), headers, receive, send)\n",
        "            await self._make(wish, scope, headers, receive, send)\n",
        f"{T_HOT}::test_what_is_made_to_be_remembered_is_made_for_nobody_in_particular",
    ),
    Guard(
        "names in queries that no page reads are not remembered",
        "R17, SAFETY 1.1 A3",
        HOT,
        "        if query and not _is_known(query):\n",
        "        if False:\n",
        f"{T_DOORS}::test_nothing_of_who_asks_is_kept",
    ),
    Guard(
        "each path has a share of the memory",
        "RES-02: growth by strangers",
        SHELF,
        "        if self._by_path.get(wish.path, 0) + answer.size > self._of_one_path:\n            return\n",
        "",
        f"{T_HOT}::test_queries_have_a_part_of_their_own_and_each_path_a_share_of_it",
    ),
    Guard(
        "the memory has an end",
        "RES-02: growth by strangers",
        SHELF,
        "        self._sweep(lambda _: self.size + answer.size > self._most)\n",
        "",
        f"{T_HOT}::test_a_shelf_holds_so_many_bytes_and_lets_the_oldest_go",
    ),
    Guard(
        "a query's tables include what the engine deletes along",
        "CVE-2025-62175",
        "server/storage/queries.py",
        "*with_children(_DELETED.findall(words))",
        "*_DELETED.findall(words)",
        "tests/server/storage/test_changes.py::test_a_deletion_is_a_change_of_the_children",
    ),
)
