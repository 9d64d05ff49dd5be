"""Whether groups of people are recognised, and mistaken for others, alike; and what the data could have shown.

    labels ─┐
            ├─► groups ─► power, comparisons ─► study ─► sentences, drawings, document
  searches ─┘

Groups come only from labels that people gave about themselves. Nobody's group is guessed, from a picture or from
anything else; who did not say is a group of their own. What could have been shown is stated before what was found,
and "no difference shown" is never put as "no difference".
"""
