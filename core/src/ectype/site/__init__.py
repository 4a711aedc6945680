"""The site: plain Markdown pages written from results, ledgers, headers and source text; no paper is imported.

``publication`` gathers what is known about a paper, ``sections`` says it, ``page``, ``listing``, ``home`` and
``findings`` are the pages, ``tree`` writes them, ``command`` is what ``ectype site`` calls.
"""
