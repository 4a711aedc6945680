"""AMSGrad in the training loop of a user."""

import pytest
import torch
from ectype_amsgrad import AMSGrad
from torch import nn


def test_it_comes_to_the_best_point_where_torchs_adam_comes_to_the_worst():
    ends = []
    for kind in (AMSGrad, lambda p, **s: torch.optim.Adam(p, eps=0.0, **s)):
        x = nn.Parameter(torch.zeros((), dtype=torch.float64))
        optimizer = kind([x], lr=0.5, betas=(0.0, 0.1))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: (done + 1) ** -0.5)
        for step in range(900):
            x.grad = torch.tensor(3.0 if step % 3 == 0 else -1.0, dtype=torch.float64)
            optimizer.step()
            schedule.step()
            x.data.clamp_(-1, 1)
        ends.append(float(x.detach()))
    assert ends[0] < -0.9
    assert ends[1] == 1


def test_bounds_hold_in_every_step():
    x = nn.Parameter(torch.tensor([0.0, 0.4]))
    optimizer = AMSGrad([x], lr=1.0, bounds=(-0.5, 0.5))
    x.grad = torch.tensor([1.0, -1.0])
    optimizer.step()
    assert x.tolist() == [-0.5, 0.5]
    assert optimizer.state[x]["v_hat"].tolist() == pytest.approx([1e-3, 1e-3])
