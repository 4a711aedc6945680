"""What the paper publishes and is not measured here."""

from ectype.declarations import Target

from ectype_mnist1d.claims.shared import paper

paper.not_attempted(
    "Tab. 1",
    "MNIST, logistic regression",
    printed=Target("94", plus_minus="0.5", spans="seeds", runs=3),
    unit="% of the test samples",
    because="needs MNIST, which is not generated; the protocol for it is not in the repository",
    data="MNIST",
)

for features, digits, plus_minus in (("in order", "96", "1"), ("shuffled", "30", "10")):
    paper.not_attempted(
        "Tab. 1",
        f"human expert, features {features}",
        printed=Target(digits, plus_minus=plus_minus, spans="samples"),
        unit="% of the test samples",
        because="needs a person; the authors' answers to 500 questions are in their repository",
        data="MNIST-1D",
    )

paper.not_attempted(
    "Sec. 5.3",
    "metalearned learning rate of SGD",
    printed="0.62",
    because="another experiment, with an unrolled optimization",
    data="MNIST-1D",
)

paper.not_attempted(
    "Sec. 5.5",
    "linear classification of representations learned without labels",
    printed="82",
    unit="% of the test samples",
    because="another experiment; the paper says that it trains on the test samples, too",
    data="MNIST-1D",
)
