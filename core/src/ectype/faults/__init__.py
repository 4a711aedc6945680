"""Seeded faults: whether the checks of a paper can fail.

A fault is one small change to the paper's own source, planted in memory: a sign, a missing scale factor, another axis, an
inverted mask. ``operators`` know which changes a piece of code can have, ``seeding`` finds them in a module, ``scope`` says
in which modules, ``planting`` runs the paper's checks against each, and ``report`` keeps what was found.
"""
