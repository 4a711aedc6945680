"""Training with a schedule of torch around our optimizers."""

import pytest
import torch
from ectype_adam import Adam, AdaMax
from torch import nn


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(Adam, torch.optim.Adam), (AdaMax, lambda p, **s: torch.optim.Adamax(p, eps=0.0, **s))],
    ids=["adam", "adamax"],
)
def test_with_the_schedule_of_the_paper_they_step_as_torchs_do(ours, theirs):
    ends = []
    for kind in (ours, theirs):
        torch.manual_seed(0)
        network, inputs = nn.Linear(3, 2).double(), torch.randn(20, 3, dtype=torch.float64)
        optimizer = kind(network.parameters(), lr=0.01)
        # Section 4: alpha_t = alpha / sqrt(t)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: (done + 1) ** -0.5)
        for _ in range(20):
            optimizer.zero_grad()
            network(inputs).square().mean().backward()
            optimizer.step()
            schedule.step()
        ends.append(network.weight.detach())
    assert torch.allclose(*ends, rtol=1e-10, atol=0)
    assert not torch.allclose(ends[0], torch.zeros_like(ends[0]), atol=0.01)


def test_the_state_of_a_parameter_is_a_step_and_its_averages():
    theta = nn.Parameter(torch.ones(2))
    optimizer = AdaMax([theta])
    theta.grad = torch.tensor([1.0, -2.0])
    optimizer.step()
    assert optimizer.state[theta]["step"] == 1
    assert optimizer.state[theta]["u"].tolist() == [1.0, 2.0]
    assert optimizer.state[theta]["m"].tolist() == pytest.approx([0.1, -0.2])
