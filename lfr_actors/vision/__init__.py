"""What a camera sees: sources → detect → track → quality → align → embed; packs of models.

Pure steps over arrays; none of them knows of Ray, of a watchlist or of a clock of its own.
"""
