"""Tokens of a run, measured end to end on two small models (section 3.1, Table 1)."""

from typing import Any

import torch
from ectype.experiments import Run
from ectype.experiments.seeds import stream
from jaxtyping import Int
from torch import Tensor

from ectype_speculative_decoding.decoding_step import Step, speculative_step
from ectype_speculative_decoding.model import Model
from ectype_speculative_decoding.ngram_model import NgramModel
from ectype_speculative_decoding.standardized import sample

VOCABULARY = 8
"""Tokens of the models."""


def pair_of_models(alpha: float, seed: int) -> tuple[Model, Model]:
    """Make two bigram models of which the second approximates the first equally well after every token.

    After each token the approximation gives only a random half of all tokens; the target gives these with alpha times the
    same probability, and the others with the rest.

    Args:
        alpha: acceptance rate after every token.
        seed: of the tables.

    Returns:
        Target and approximation model.

    Source: section 3.1, definition 3.1: with one acceptance rate everywhere Eq. 1 is exact.
    """
    generator = stream(seed, "models")
    # Sec. 3.1: the acceptance rate is alpha after every prefix
    mass = torch.rand(VOCABULARY, VOCABULARY, generator=generator, dtype=torch.float64) + 0.1
    half = torch.rand(VOCABULARY, VOCABULARY, generator=generator).argsort(dim=1) < VOCABULARY // 2
    guessed, others = (part / part.sum(dim=1, keepdim=True) for part in (mass * half, mass * ~half))
    return NgramModel(alpha * guessed + (1 - alpha) * others), NgramModel(guessed)


def matching_step(
    target: Model, draft: Model, prefix: Int[Tensor, "length"], gamma: int, *, generator: torch.Generator
) -> Step:
    """Keep guesses as long as they are what the target model draws by itself: the rival of speculative sampling.

    Its output is distributed as the target's, too, but fewer guesses are kept.

    Args:
        target: M_p.
        draft: M_q.
        prefix: what the tokens follow.
        gamma: how many guesses.
        generator: of all draws.

    Returns:
        The new tokens, and how many of them are guesses.

    Source: what transformers does where a candidate has no probabilities.
    """
    tokens = prefix
    for _ in range(gamma):
        tokens = torch.cat([tokens, sample(draft(tokens, 1), generator)])
    drawn = sample(target(tokens, gamma + 1), generator)
    n = int((drawn[:gamma] == tokens[len(prefix) :]).cumprod(dim=0).sum())
    return Step(drawn[: n + 1], n)


class Tokens:
    """Runs one after the other on what they generate.

    Args:
        alpha: acceptance rate of the models.
        gamma: guesses in a run.
        rule: `speculative` for Algorithm 1, `matching` for its rival.
        seed: of models and draws.

    Raises:
        ValueError: there is no such rule.
    """

    def __init__(self, alpha: float, gamma: int, rule: str, seed: int) -> None:
        rules = {"speculative": speculative_step, "matching": matching_step}
        if rule not in rules:
            raise ValueError(f"rule must be one of {', '.join(rules)}; received {rule}")
        self._step, self._gamma = rules[rule], gamma
        self._models = pair_of_models(alpha, seed)
        self._generator = stream(seed, "draws")
        self._last = torch.zeros(1, dtype=torch.long)
        self.runs, self.tokens = 0, 0

    def run(self) -> None:
        """Do one run."""
        step = self._step(*self._models, self._last, self._gamma, generator=self._generator)
        self._last = step.tokens[-1:]
        self.runs, self.tokens = self.runs + 1, self.tokens + len(step.tokens)

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later run depends on."""
        return {
            "generator": self._generator.get_state(),
            "last": self._last,
            "runs": self.runs,
            "tokens": self.tokens,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Args:
            state: what it gave.
        """
        self._generator.set_state(state["generator"])
        self._last, self.runs, self.tokens = state["last"], int(state["runs"]), int(state["tokens"])


def measure_tokens(
    run: Run, alpha: float, gamma: int, rule: str = "speculative", runs: int = 4_000
) -> dict[str, float]:
    """Count the tokens of many runs of the target model.

    Args:
        run: its seed decides models and draws.
        alpha: acceptance rate of the models.
        gamma: guesses in a run.
        rule: `speculative` for Algorithm 1, `matching` for its rival.
        runs: of the target model.

    Returns:
        `tokens of a run`, the mean.

    Raises:
        ValueError: there is no such rule.

    Source: section 3.1; section 3.5, Table 1.
    """
    counted = Tokens(alpha, gamma, rule, run.seed)
    for number in run.steps(runs, counted=counted):
        counted.run()
        if number % 1000 == 0 or number == runs:
            run.log(number, tokens=counted.tokens / counted.runs)
    return {"tokens of a run": counted.tokens / counted.runs}
