#!/bin/sh
# Collects the words of the interface from server/ and templates/ into server/locale/*/LC_MESSAGES/messages.po.
# Nothing is lost: translations stay, new words arrive empty, words that are no longer used stay below, marked "#~".
set -eu
cd "$(dirname "$0")/.."
pybabel=.venv/bin/pybabel
template=$(mktemp)
trap 'rm -f "$template"' EXIT
"$pybabel" -q extract -F scripts/babel.cfg --add-location=file --sort-output --no-wrap --project=antipole --output="$template" .
for language in en uk ru de; do
    "$pybabel" -q update -D messages -d server/locale -l "$language" -i "$template" \
        --no-wrap --no-fuzzy-matching --ignore-pot-creation-date
done
