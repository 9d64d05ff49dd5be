"""The hunt for leftovers: a passer-by who is on no list, and everything that could be left of her or him.

film        the film: a crowd, a listed person, the canary with its planted band
evidence    what the canary is inside the product, computed with its own code
needles     what is looked for, and finding it in bytes (pure)
wanted      from the evidence to the needles
controls    known things put where they must be found
deployment  the deployment: its file and its process, watched
consumer    who is told of it by webhooks
driver      what runs in that process
memory      processes, their mappings and copies of them
search      blocks, copies, files
places      folders, open files, shared memory, webhooks
hunt        all of it, at the moments promised
report      what was found, and the verdict
"""
