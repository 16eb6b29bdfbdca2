"""The words that initiatives and hubs share: kinds, sizes, themes, languages, dates and places.

words      UnknownWord: what every closed vocabulary raises
kinds      what a call asks people to do
sizes      how long it takes
themes     what it is about, and the hashtag of each theme
languages  BCP 47 tags, the interface languages and their translations
wording    dates and the one line of facts, in the language of the reader
folding    how names are compared
places     the gazetteer: named places, never addresses
outline    the land on the map, without borders
"""
