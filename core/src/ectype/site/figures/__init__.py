"""Figures: static SVG inside a page, drawn here so that it needs no script and follows the colours of the page.

``svg`` writes elements, ``scales`` places numbers, ``lines``, ``dots`` and ``strip`` are the figures. Colours are classes of
the stylesheet, and no colour says what a dash, a label or a position does not say too.
"""
