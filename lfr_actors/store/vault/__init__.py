"""The vault: everything with a retention class is encrypted under a key of its own, and erased by its key.

sealing    AES-256-GCM of small things: sealed parts of events, pictures
stream     sealed files, written and read in chunks: footage, snapshots
kek        the key-encryption key that the operator supplies
wrapping   object keys under the key-encryption key
keys       the key store: make, find, destroy
rotation   another key-encryption key, without touching data
site_key   the site's own signature
audit      which sealed parts of the log can be read, and which were erased

Data and keys lie apart: a copy of the one is of no use without the other.
"""
