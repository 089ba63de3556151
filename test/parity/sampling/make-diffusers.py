"""Writes diffusers.json: what schedulers of diffusers make of the analytic model of make.py, for `test/nodes/peer-samplers.test.ts`.

    PYTHONPATH=<diffusers>/src python make-diffusers.py

Latents after every step, in k-diffusion's way of writing them (data at its own size). Noise is the formula of `noise`, once a step.
"""
import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from unittest.mock import MagicMock

import torch

sys.modules["torchsde"] = MagicMock()  # its noise is not used
sys.modules["torchsde"].__spec__ = ModuleSpec("torchsde", None)
from diffusers import CogVideoXDPMScheduler, HeliosDMDScheduler, UnCLIPScheduler  # noqa: E402
from diffusers.schedulers import scheduling_cosine_dpmsolver_multistep, scheduling_dpm_cogvideox, scheduling_unclip  # noqa: E402
from diffusers.schedulers.scheduling_minimax_h3 import MiniMaxH3Scheduler  # noqa: E402

SIZE, STEPS = 6, 8
index = torch.arange(SIZE, dtype=torch.float64)
at = 0


def denoised(x, sigma):
    return 0.6 * torch.sin(x / (1 + sigma) + index) + 0.1 * torch.cos(3 * sigma / (1 + sigma))


def noise(*_, **__):
    return 1.2 * torch.sin(12.9898 * (index + 1) + 78.233 * (at + 1))


scheduling_dpm_cogvideox.randn_tensor = scheduling_unclip.randn_tensor = noise
scheduling_cosine_dpmsolver_multistep.BrownianTreeNoiseSampler = lambda *_, **__: noise
start = 1.5 * torch.cos(7 * index)


def of_products(name, scheduler, products):
    """Schedulers over products of alphas, of which the last is 1; the sample is sqrt(product) times x."""
    global at
    sigmas = ((1 - products) / products).sqrt()
    x, latents, old = start * sigmas[0], [], None
    for at, t in enumerate(scheduler.timesteps):
        sample, sigma = x * products[at].sqrt(), sigmas[at]
        eps = (x - denoised(x, sigma)) / sigma
        if isinstance(scheduler, CogVideoXDPMScheduler):
            back = scheduler.timesteps[at - 1] if at else None
            sample, old = scheduler.step(eps, old, t, back, sample)
        else:
            after = scheduler.timesteps[at + 1] if at + 1 < len(scheduler.timesteps) else -1
            sample = scheduler.step(eps[None], t, sample[None], prev_timestep=after).prev_sample[0]
        x = sample / products[at + 1].sqrt()
        latents.append(x)
    return row(name, "sigma", sigmas, latents)


def row(name, space, sigmas, latents):
    digits = [[float(f"{value:.8g}") for value in x] for x in latents]
    return {"sampler": name, "space": space, "sigmas": [float(s) for s in sigmas], "calls": len(latents), "latents": digits}


def cogvideox():
    scheduler = CogVideoXDPMScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(STEPS)
    scheduler.alphas_cumprod = scheduler.alphas_cumprod.double()
    scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
    products = torch.cat([scheduler.alphas_cumprod[scheduler.timesteps], torch.ones(1, dtype=torch.float64)])
    return of_products("CogVideoXDPMScheduler", scheduler, products)


def unclip():
    scheduler = UnCLIPScheduler(clip_sample=False)
    scheduler.set_timesteps(STEPS)
    # Its last time is the table's very first, from which it goes to no noise; the first is close to no data.
    scheduler.timesteps = torch.tensor([950, 830, 700, 560, 420, 280, 140, 20])
    for name in ("alphas_cumprod", "betas", "alphas"):
        setattr(scheduler, name, getattr(scheduler, name).double())
    products = torch.cat([scheduler.alphas_cumprod[scheduler.timesteps], torch.ones(1, dtype=torch.float64)])
    found = of_products("UnCLIPScheduler", scheduler, products)
    # There the last step still adds noise, none of which is left when its time is 0.
    found["latents"] = found["latents"][:-1]
    return found


def cosine():
    global at
    scheduler = scheduling_cosine_dpmsolver_multistep.CosineDPMSolverMultistepScheduler(sigma_min=0.03, sigma_max=14.6, final_sigmas_type="zero")
    scheduler.set_timesteps(STEPS)
    sigmas = scheduler.sigmas.double()
    scheduler.sigmas = sigmas
    x, latents, data = start * sigmas[0], [], scheduler.config.sigma_data
    for at, t in enumerate(scheduler.timesteps):
        sigma = sigmas[at]
        skip, out = data**2 / (sigma**2 + data**2), -sigma * data / (sigma**2 + data**2) ** 0.5
        x = scheduler.step((denoised(x, sigma) - skip * x) / out, t, x).prev_sample.double()
        latents.append(x)
    return row("CosineDPMSolverMultistepScheduler", "sigma", sigmas, latents)


def helios():
    global at
    sigmas = torch.tensor([1.0, 0.95, 0.88, 0.78, 0.65, 0.5, 0.33, 0.15], dtype=torch.float64)
    times, scheduler = 1000 * sigmas, HeliosDMDScheduler()
    x, latents = start, []
    for at, sigma in enumerate(sigmas):
        v = (x - denoised(x, sigma)) / sigma
        how = dict(cur_sampling_step=at, dmd_noisy_tensor=noise()[None, :, None, None], dmd_sigmas=sigmas, dmd_timesteps=times, all_timesteps=times)
        x = scheduler.step(v[None, :, None, None], times[at], x[None, :, None, None], **how).prev_sample.flatten().double()
        latents.append(x)
    return row("HeliosDMDScheduler", "flow", [*sigmas, 0.0], latents)


def minimax():
    global at
    scheduler = MiniMaxH3Scheduler()
    scheduler.set_timesteps(STEPS)
    sigmas = scheduler.sigmas.double()
    scheduler.sigmas, scheduler.timesteps = sigmas, 1 - sigmas[:-1]
    x, latents = start, []
    for at, t in enumerate(scheduler.timesteps):
        x = scheduler.step((denoised(x, sigmas[at]) - x) / sigmas[at], t, x).prev_sample
        latents.append(x)
    return row("MiniMaxH3Scheduler", "flow", sigmas, latents)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    lines = ",\n".join(f"  {json.dumps(make())}" for make in (cogvideox, unclip, cosine, helios, minimax))
    Path(__file__).with_name("diffusers.json").write_text(f"[\n{lines}\n]\n")
