"""Generate clips: UniPC (order 2, bh2) on the flow, as the exported scheduler is configured (models.md 3.1), with guidance."""
import math

import torch


def sigmas_of(steps, shift):
    """diffusers' flow sigmas [steps + 1]: linear, shifted, first value 0.999999 -> 0."""
    linear = torch.linspace(1, 1 / 1000, steps + 1, dtype=torch.float64)[:-1]
    sigmas = shift * linear / (1 + (shift - 1) * linear)
    return [min(float(s), 0.999999) for s in sigmas] + [0.0]


class UniPC:
    """Predictor and corrector of second order; `step` takes the model's clean estimate at sigma i and returns the next latent."""

    def __init__(self, sigmas):
        self.sigmas, self.history, self.order, self.before = sigmas, [], 1, None

    def lam(self, i):
        return math.log((1 - self.sigmas[i]) / self.sigmas[i])

    def step(self, i, x, clean):
        s = self.sigmas
        if i > 0:
            x = self.correct(i, clean)
        self.history = ([clean] + self.history)[:2]
        self.before = x
        self.order = min(2, i + 1, len(s) - 1 - i)
        if s[i + 1] == 0:
            return clean
        h = self.lam(i + 1) - self.lam(i)
        eta = math.expm1(-h)
        out = s[i + 1] / s[i] * x - (1 - s[i + 1]) * eta * clean
        if self.order == 2:
            r = (self.lam(i - 1) - self.lam(i)) / h
            out = out - 0.5 * (1 - s[i + 1]) * eta * (self.history[1] - clean) / r
        return out

    def correct(self, i, clean):
        s, h = self.sigmas, self.lam(i) - self.lam(i - 1)
        eta = math.expm1(-h)
        last = self.history[0]
        out = s[i] / s[i - 1] * self.before - (1 - s[i]) * eta * last
        if self.order == 1:
            return out - (1 - s[i]) * eta * 0.5 * (clean - last)
        r = (self.lam(i - 2) - self.lam(i - 1)) / h
        phi1 = eta / -h - 1
        b1, b2 = phi1 / eta, (phi1 / -h - 0.5) * 2 / eta
        rho_last = (b2 - r * b1) / (1 - r)
        rho = b1 - rho_last
        return out - (1 - s[i]) * eta * (rho * (self.history[1] - last) / r + rho_last * (clean - last))


@torch.no_grad()
def generate(model, ids, noise, steps=20, guidance=3.0, shift=3.0, known=None, clean=None, empty=None):
    """Latents [B, C, T, h, w] for token ids [B, S] from `noise`.

    `known` [T] (bool) marks given latent frames, taken from `clean` [B, C, T, h, w] and held at t = 0. `empty`: ids of "".
    """
    count, frames = len(noise), noise.shape[2]
    known = torch.zeros(frames, dtype=torch.bool) if known is None else known
    mask = known.view(1, 1, -1, 1, 1)
    x, solver = noise, UniPC(sigmas_of(steps, shift))
    for i in range(steps):
        inputs = torch.where(mask, clean, x) if known.any() else x
        level = math.floor(solver.sigmas[i] * 1000) / 1000
        t = torch.where(known, 0.0, level).expand(count, frames)
        velocity = model(inputs, t, ids)
        if guidance > 1:
            plain = model(inputs, t, empty.expand(count, -1))
            velocity = plain + guidance * (velocity - plain)
        x = solver.step(i, x, x - solver.sigmas[i] * velocity)
    return torch.where(mask, clean, x) if known.any() else x
