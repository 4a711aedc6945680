"""A small grammar of English and German, from which the corpus that the package ships is made.

`python -m ectype_transformer.corpus_grammar > english-german.tsv` writes the corpus again. Its sentences are simple, but
translating them is not word for word: German verbs come second in main clauses, last in subordinate clauses, participles
and infinitives at the end, and articles and adjectives agree in gender and case.
"""

import random
from typing import NamedTuple

PAIRS = 400
SEED = 0


class Noun(NamedTuple):
    """A noun in both languages; gender is m, f or n. All are of declensions whose accusative is the nominative."""

    english: str
    german: str
    gender: str


class Verb(NamedTuple):
    """A transitive verb: English he-form, infinitive, participle; German the same; and what it is done to."""

    does: str
    do: str
    done: str
    tut: str
    tun: str
    getan: str
    objects: tuple[Noun, ...]


PEOPLE = (
    Noun("man", "Mann", "m"),
    Noun("woman", "Frau", "f"),
    Noun("child", "Kind", "n"),
    Noun("teacher", "Lehrer", "m"),
    Noun("girl", "Mädchen", "n"),
    Noun("mother", "Mutter", "f"),
    Noun("doctor", "Arzt", "m"),
    Noun("sister", "Schwester", "f"),
)
READABLE = (Noun("book", "Buch", "n"), Noun("letter", "Brief", "m"), Noun("newspaper", "Zeitung", "f"))
THINGS = (
    Noun("hat", "Hut", "m"),
    Noun("lamp", "Lampe", "f"),
    Noun("car", "Auto", "n"),
    Noun("table", "Tisch", "m"),
    Noun("picture", "Bild", "n"),
    Noun("bag", "Tasche", "f"),
)
SIGHTS = (
    Noun("house", "Haus", "n"),
    Noun("tree", "Baum", "m"),
    Noun("dog", "Hund", "m"),
    Noun("cat", "Katze", "f"),
    Noun("city", "Stadt", "f"),
    Noun("horse", "Pferd", "n"),
)
VERBS = (
    Verb("reads", "read", "read", "liest", "lesen", "gelesen", READABLE),
    Verb("buys", "buy", "bought", "kauft", "kaufen", "gekauft", READABLE + THINGS),
    Verb("looks for", "look for", "looked for", "sucht", "suchen", "gesucht", READABLE + THINGS),
    Verb("finds", "find", "found", "findet", "finden", "gefunden", READABLE + THINGS),
    Verb("sees", "see", "seen", "sieht", "sehen", "gesehen", THINGS + SIGHTS),
    Verb("paints", "paint", "painted", "malt", "malen", "gemalt", SIGHTS),
)
# Stems that take the endings of the tables below without change.
ADJECTIVES_OF_PEOPLE = (("tall", "groß"), ("happy", "fröhlich"), ("friendly", "freundlich"))
ADJECTIVES_OF_OBJECTS = (("old", "alt"), ("small", "klein"), ("beautiful", "schön"), ("big", "groß"))
ADVERBS = (("today", "heute"), ("now", "jetzt"), ("every day", "jeden Tag"), ("in the evening", "am Abend"))
REPORTS = (
    ("I know that", "Ich weiß, dass"),
    ("we believe that", "Wir glauben, dass"),
    ("everybody says that", "Alle sagen, dass"),
)

# Case and gender -> definite article, indefinite article, and the adjective's ending after each.
DECLENSION = {
    "nominative m": ("der", "ein", "e", "er"),
    "nominative f": ("die", "eine", "e", "e"),
    "nominative n": ("das", "ein", "e", "es"),
    "accusative m": ("den", "einen", "en", "en"),
    "accusative f": ("die", "eine", "e", "e"),
    "accusative n": ("das", "ein", "e", "es"),
}


def corpus(count: int = PAIRS, seed: int = SEED) -> list[tuple[str, str]]:
    """Make different sentence pairs.

    Args:
        count: number of pairs.
        seed: seed of the choice.

    Returns:
        English and German sentences, in random order.
    """
    draw = random.Random(seed)
    pairs: dict[tuple[str, str], None] = {}
    while len(pairs) < count:
        english, german = _sentence(draw)
        pairs[english[0].upper() + english[1:], german[0].upper() + german[1:]] = None
    return list(pairs)


def _sentence(draw: random.Random) -> tuple[str, str]:
    verb = draw.choice(VERBS)
    subject, Subjekt = _phrase(draw, draw.choice(PEOPLE), ADJECTIVES_OF_PEOPLE, "nominative", definite=True)
    # "nicht" goes with a definite object; an indefinite one would need "kein".
    negated = draw.random() < 1 / 8
    definite = negated or draw.random() < 1 / 2
    thing, Ding = _phrase(draw, draw.choice(verb.objects), ADJECTIVES_OF_OBJECTS, "accusative", definite=definite)
    if negated:
        return f"{subject} does not {verb.do} {thing}.", f"{Subjekt} {verb.tut} {Ding} nicht."
    when, wann = draw.choice(ADVERBS)
    report, Bericht = draw.choice(REPORTS)
    return draw.choice(
        (
            (f"{subject} {verb.does} {thing}.", f"{Subjekt} {verb.tut} {Ding}."),
            (f"{when} {subject} {verb.does} {thing}.", f"{wann} {verb.tut} {Subjekt} {Ding}."),
            (f"{subject} has {verb.done} {thing}.", f"{Subjekt} hat {Ding} {verb.getan}."),
            (f"{subject} wants to {verb.do} {thing}.", f"{Subjekt} will {Ding} {verb.tun}."),
            (f"does {subject} {verb.do} {thing}?", f"{verb.tut} {Subjekt} {Ding}?"),
            (f"{report} {subject} {verb.does} {thing}.", f"{Bericht} {Subjekt} {Ding} {verb.tut}."),
        )
    )


def _phrase(
    draw: random.Random, noun: Noun, adjectives: tuple[tuple[str, str], ...], case: str, *, definite: bool
) -> tuple[str, str]:
    der, ein, weak, strong = DECLENSION[f"{case} {noun.gender}"]
    article, ending = (der, weak) if definite else (ein, strong)
    if draw.random() < 1 / 2:
        adjective, Adjektiv = draw.choice(adjectives)
        english, german = f"{adjective} {noun.english}", f"{article} {Adjektiv}{ending} {noun.german}"
    else:
        english, german = noun.english, f"{article} {noun.german}"
    if definite:
        return f"the {english}", german
    return f"{'an' if english[0] in 'aeiou' else 'a'} {english}", german


if __name__ == "__main__":
    print("\n".join(f"{english}\t{german}" for english, german in corpus()))
