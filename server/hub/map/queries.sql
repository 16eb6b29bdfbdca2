-- name: initiatives_by_place
-- How many listed initiatives there are in each place, NULL for undisclosed. Kind and size are those of calls: with
-- them only initiatives count that have such an open call.
SELECT l.place, COUNT(*) AS found FROM hub_listings l
WHERE l.state = 'listed'
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || l.themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:language AS TEXT) IS NULL OR ' ' || l.languages || ' ' LIKE '% ' || CAST(:language AS TEXT) || ' %'
        OR ' ' || l.languages LIKE '% ' || CAST(:language AS TEXT) || '-%')
    AND (
        (CAST(:kind AS TEXT) IS NULL AND CAST(:size AS TEXT) IS NULL)
        OR EXISTS (
            SELECT 1 FROM hub_calls c
            WHERE c.actor_id = l.actor_id AND c.state = 'open'
                AND (CAST(:kind AS TEXT) IS NULL OR c.kind = CAST(:kind AS TEXT))
                AND (CAST(:size AS TEXT) IS NULL OR c.size = CAST(:size AS TEXT))
        )
    )
GROUP BY l.place;

-- name: calls_by_place
-- How many open calls there are in each place: where they say, else where their initiative is; NULL for nowhere. Those
-- of one initiative are counted first, in the order of the index: its place is then looked up once, not for each call.
SELECT COALESCE(c.place, l.place) AS place, CAST(SUM(c.found) AS BIGINT) AS found
FROM (
    SELECT actor_id, place, COUNT(*) AS found FROM hub_calls
    WHERE state = 'open'
        AND (CAST(:theme AS TEXT) IS NULL OR ' ' || themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
        AND (CAST(:kind AS TEXT) IS NULL OR kind = CAST(:kind AS TEXT))
        AND (CAST(:size AS TEXT) IS NULL OR size = CAST(:size AS TEXT))
        AND (CAST(:language AS TEXT) IS NULL OR language = CAST(:language AS TEXT)
            OR language LIKE CAST(:language AS TEXT) || '-%')
    GROUP BY actor_id, place
) c JOIN hub_listings l ON l.state = 'listed' AND l.actor_id = c.actor_id
GROUP BY COALESCE(c.place, l.place);

-- name: initiatives_at
-- Listed initiatives of one place by name, as `initiatives_by_place` counts them.
SELECT l.listing_id, l.name, l.languages FROM hub_listings l
WHERE l.state = 'listed' AND l.place = :place
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || l.themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:language AS TEXT) IS NULL OR ' ' || l.languages || ' ' LIKE '% ' || CAST(:language AS TEXT) || ' %'
        OR ' ' || l.languages LIKE '% ' || CAST(:language AS TEXT) || '-%')
    AND (
        (CAST(:kind AS TEXT) IS NULL AND CAST(:size AS TEXT) IS NULL)
        OR EXISTS (
            SELECT 1 FROM hub_calls c
            WHERE c.actor_id = l.actor_id AND c.state = 'open'
                AND (CAST(:kind AS TEXT) IS NULL OR c.kind = CAST(:kind AS TEXT))
                AND (CAST(:size AS TEXT) IS NULL OR c.size = CAST(:size AS TEXT))
        )
    )
ORDER BY l.name, l.listing_id
LIMIT :limit;
