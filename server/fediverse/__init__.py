"""What this instance knows of other servers and owes to them.

uris, keyring, instance: names and keys. actors: ours and others'. followers: who follows whom. outbox: what
we said and to whom it still has to go. errands: what has to be fetched. received: what we took in.
moderation: whom we refuse.
"""
