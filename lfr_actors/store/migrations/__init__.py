"""How the tables came to be, step by step; `migrate` runs what is missing."""
