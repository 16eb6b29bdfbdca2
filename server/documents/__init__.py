"""The one codec between our model and ActivityPub: what initiatives write is what hubs read.

`markdown` and `rich_text` HTML that is safe to show; `profile` an initiative's actor document;
`call` a call's Note; `items` the JSON of `directory.json` and `calls.json`.
"""
