"""The experiments of section 6, whose results are figures without numbers."""

from ectype_adam.claims.shared import paper

paper.not_attempted(
    "Sec. 6.2",
    "how many times slower an iteration of the sum-of-functions optimizer is, at least",
    printed="5",
    because="depends on the machine and on the authors' implementation of another method, of 2014",
    data="MNIST",
    id="slower-iterations-at-least",
)
paper.not_attempted(
    "Sec. 6.2",
    "how many times slower an iteration of the sum-of-functions optimizer is, at most",
    printed="10",
    because="depends on the machine and on the authors' implementation of another method, of 2014",
    data="MNIST",
    id="slower-iterations-at-most",
)
paper.not_applicable(
    "reproduced",
    because="the results of section 6 are curves in figures; none of their values is printed",
)
