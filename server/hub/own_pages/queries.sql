-- name: page
-- One page in one language.
SELECT * FROM hub_pages WHERE name = :name AND language = :language;

-- name: languages_of
-- In which languages a page is written.
SELECT language FROM hub_pages WHERE name = :name;

-- name: all_pages
-- What is written, for the desk and for the menu among the pages.
SELECT * FROM hub_pages ORDER BY name, language;

-- name: save
-- The latest words.
INSERT INTO hub_pages (name, language, text, updated_at) VALUES (:name, :language, :text, :now)
ON CONFLICT (name, language) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at;

-- name: forget
-- Back to the text that comes with the software, or to none.
DELETE FROM hub_pages WHERE name = :name AND language = :language;
