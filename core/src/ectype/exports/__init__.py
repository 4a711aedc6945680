"""Exports: what is known about a paper, in formats that other programs read; no paper is imported.

``document`` is one JSON file a paper, from which the others are made: ``model_card`` and ``evaluations`` for the Hugging
Face Hub, ``badges`` as SVG. ``command`` is what ``ectype export`` calls.
"""
