"""The experiments of section 6, of which only ranges of parameters are printed."""

from ectype_gae.claims.shared import paper

CART_POLE = (
    "needs TRPO, the subject of another paper, and 21 seeds for each point of a grid; the ranges were read off a figure"
)
BIPED = "needs robot models for MuJoCo that were not published, and two hours on 16 cores for each of nine runs"

for name, low, high, locator, reason, data in (
    ("gamma", "0.96", "0.99", "Sec. 6.3.1", CART_POLE, "cart-pole"),
    ("lambda", "0.92", "0.99", "Sec. 6.3.1", CART_POLE, "cart-pole"),
    ("gamma", "0.99", "0.995", "Sec. 6.3.2", BIPED, "3D biped"),
    ("lambda", "0.96", "0.99", "Sec. 6.3.2", BIPED, "3D biped"),
):
    for end, printed in (("lowest", low), ("highest", high)):
        paper.not_attempted(
            locator,
            f"{data}, {end} {name} of the best results",
            printed=printed,
            because=reason,
            data=data,
            headline=True,
        )

paper.not_attempted(
    "Sec. 6.3.3",
    "quadruped, best of lambda 0 and 0.96 and no value function",
    printed="0.96",
    because="needs robot models for MuJoCo that were not published, and four hours on 32 cores for each of five runs",
    data="3D quadruped",
    headline=True,
)
