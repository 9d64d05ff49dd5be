"""One module a step, named in order."""
