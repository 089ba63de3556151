"""Muon: momentum whose update of every matrix is orthogonalised (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/),
with the step size of AdamW (0.2 * sqrt(max side), Liu et al. 2025, arXiv 2502.16982). Vectors, tables and the first and
last layers are left to AdamW. Matrices of one shape are stacked, so a small model costs a handful of kernels per step.
"""
import torch


def orthogonalise(m, steps=5):
    """Nearest semi-orthogonal matrices to a stack [n, rows, cols], by a quintic Newton-Schulz iteration in half precision."""
    tall = m.shape[1] > m.shape[2]
    x = (m.transpose(1, 2) if tall else m).bfloat16()
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = 3.4445 * x + (2.0315 * gram @ gram - 4.7750 * gram) @ x
    return (x.transpose(1, 2) if tall else x).to(m.dtype)


class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.95, weight_decay=0.01):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault((p.shape[0], p.numel() // p.shape[0]), []).append(p)
            for shape, params in shapes.items():
                self._step_stack(shape, params, group)

    def _step_stack(self, shape, params, group):
        for p in params:
            state = self.state[p]
            if not state:
                state["momentum"] = torch.zeros_like(p)
        grads = torch.stack([p.grad.reshape(shape) for p in params])
        momenta = [self.state[p]["momentum"] for p in params]
        torch._foreach_lerp_(momenta, [p.grad for p in params], 1 - group["momentum"])
        stacked = torch.stack([m.view(shape) for m in momenta])
        update = orthogonalise(grads.lerp_(stacked, group["momentum"])) * (0.2 * max(shape) ** 0.5)
        torch._foreach_mul_(params, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(params, [u.view_as(p) for u, p in zip(update, params)], alpha=-group["lr"])


def optimisers(model, lr, weight_decay=0.01, plain=()):
    """Muon for the inner matrices of `model`, fused AdamW at 0.4 of its rate for the rest, and for names holding `plain`."""
    inner, rest = [], []
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        matrix = p.dim() >= 2 and min(p.shape[0], p.numel() // p.shape[0]) > 8 and not any(word in name for word in plain)
        (inner if matrix else rest).append(p)
    return [Muon(inner, lr, weight_decay=weight_decay),
            torch.optim.AdamW([dict(params=rest, scale=0.4)], lr, betas=(0.9, 0.98), weight_decay=0.0, fused=True)]
