"""The formulas of the paper in plain floats."""

import math

import numpy as np


def residual(rewards, values, next_values, terminated, t, n, gamma):
    following = 0.0 if terminated[t, n] else next_values[t, n]
    return float(rewards[t, n] + gamma * following - values[t, n])


def by_element(formula, rewards):
    steps, batch = rewards.shape
    return np.array([[formula(t, n) for n in range(batch)] for t in range(steps)]).reshape(steps, batch)


def residuals(rewards, values, next_values, terminated, gamma):
    """Eq. 11."""
    return by_element(lambda t, n: residual(rewards, values, next_values, terminated, t, n, gamma), rewards)


def horizon(ended, t, n):
    """How many steps there are from t to the end of its episode, or of the batch."""
    later = [step for step in range(t, len(ended)) if ended[step, n]]
    return (later[0] if later else len(ended) - 1) - t + 1


def k_step(rewards, values, next_values, terminated, truncated, k, gamma):
    """Eq. 14, from rewards and the value at the end."""

    def one(t, n):
        steps = min(k, horizon(terminated | truncated, t, n))
        last = t + steps - 1
        value = 0.0 if terminated[last, n] else next_values[last, n]
        # An episode that is cut off within k steps goes on in next_values; so does one that is not cut off.
        within = sum(gamma**j * rewards[t + j, n] for j in range(steps))
        jumps = sum(gamma ** (j + 1) * (next_values[t + j, n] - values[t + j + 1, n]) for j in range(steps - 1))
        return -values[t, n] + within + jumps + gamma**steps * value

    return by_element(one, rewards)


def gae_sum(rewards, values, next_values, terminated, truncated, gamma, lam):
    """Eq. 16, last line."""

    def one(t, n):
        steps = horizon(terminated | truncated, t, n)
        return math.fsum(
            (gamma * lam) ** j * residual(rewards, values, next_values, terminated, t + j, n, gamma)
            for j in range(steps)
        )

    return by_element(one, rewards)


def gae_mixture(rewards, values, next_values, terminated, truncated, gamma, lam):
    """Eq. 16, first line: beyond the end of an episode all k-step estimators are the same."""
    longest = len(rewards)
    estimates = [k_step(rewards, values, next_values, terminated, truncated, k, gamma) for k in range(1, longest + 1)]
    mixed = sum((1 - lam) * lam ** (k - 1) * estimate for k, estimate in enumerate(estimates[:-1], start=1))
    return mixed + lam ** (longest - 1) * estimates[-1]


def discounted_sums(terms, ended, factor):
    return by_element(lambda t, n: sum(factor**j * terms[t + j, n] for j in range(horizon(ended, t, n))), terms)


def discounted_returns(rewards, next_values, terminated, truncated, gamma):
    """Eq. 15 and 28, with a value in the place of what is cut off."""

    def one(t, n):
        steps = horizon(terminated | truncated, t, n)
        last = t + steps - 1
        value = 0.0 if terminated[last, n] else next_values[last, n]
        return sum(gamma**j * rewards[t + j, n] for j in range(steps)) + gamma**steps * value

    return by_element(one, rewards)


def following_values(values, last_values, final_values, truncated):
    def one(t, n):
        if truncated[t, n]:
            return final_values[t, n]
        return values[t + 1, n] if t + 1 < len(values) else last_values[n]

    return by_element(one, values)


def shaped(reward, potential, next_potential, terminated, gamma):
    """Eq. 20."""
    return reward + gamma * (0.0 if terminated else next_potential) - potential


def expected_rewards(transitions, rewards, policy, state, delay):
    """E[r_{t+l} | s_t], by following the distribution over states."""
    chances = np.zeros(len(policy))
    chances[state] = 1.0
    for _ in range(delay):
        chances = sum(
            chances[s] * policy[s, a] * transitions[s, a] for s in range(len(policy)) for a in range(policy.shape[1])
        )
    return sum(chances[s] * policy[s, a] * rewards[s, a] for s in range(len(policy)) for a in range(policy.shape[1]))


FAR = 400
"""Steps after which hardly any episode is left."""


def state_values(transitions, rewards, policy, gamma):
    """Eq. 2 and 4, summed."""
    found = []
    for state in range(len(policy)):
        chances, total = np.eye(len(policy))[state], 0.0
        for delay in range(FAR):
            weights = chances[:, None] * policy
            total += gamma**delay * (weights * rewards).sum()
            chances = np.tensordot(weights, transitions, 2)
        found.append(total)
    return np.array(found)


def action_values(transitions, rewards, policy, gamma):
    values = state_values(transitions, rewards, policy, gamma)
    states, actions = policy.shape
    return np.array(
        [
            [
                rewards[s, a] + gamma * sum(transitions[s, a, u] * values[u] for u in range(states))
                for a in range(actions)
            ]
            for s in range(states)
        ]
    )


def advantages(transitions, rewards, policy, gamma):
    """Eq. 3 and 5."""
    values = state_values(transitions, rewards, policy, gamma)
    return np.array(
        [row - value for row, value in zip(action_values(transitions, rewards, policy, gamma), values, strict=True)]
    )


def response(transitions, rewards, policy, delay):
    """Eq. 26."""
    states, actions = policy.shape

    def given(s, a):
        if delay == 0:
            return rewards[s, a]
        later = [expected_rewards(transitions, rewards, policy, u, delay - 1) for u in range(states)]
        return sum(transitions[s, a, u] * later[u] for u in range(states))

    return np.array(
        [
            [given(s, a) - expected_rewards(transitions, rewards, policy, s, delay) for a in range(actions)]
            for s in range(states)
        ]
    )


def policy_gradient_loss(log_probabilities, advantages):
    """Eq. 9, as a loss."""
    steps, batch = advantages.shape
    return -sum(advantages[t, n] * log_probabilities[t, n] for t in range(steps) for n in range(batch)) / batch


def value_loss(values, targets):
    """Eq. 28."""
    return math.fsum((a - b) ** 2 for a, b in zip(values, targets, strict=True))


def value_divergence(values, old_values, targets):
    """Eq. 29."""
    n = len(values)
    variance = sum((a - b) ** 2 for a, b in zip(old_values, targets, strict=True)) / n
    return sum((a - b) ** 2 / (2 * variance) for a, b in zip(values, old_values, strict=True)) / n


def trust_region_step(gradient, jacobian, epsilon):
    """Section 5, with the inverse of H."""
    h = sum(np.outer(row, row) for row in jacobian) / len(jacobian)
    step = -np.linalg.solve(h, gradient)
    return step * math.sqrt(2 * epsilon / (step @ h @ step))
