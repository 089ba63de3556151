"""Writes samplers.json and sigmas.json: what ComfyUI makes of an analytic model, for `test/nodes/peer-*.test.ts`.

    python make.py <folder of a ComfyUI checkout>

Needs torch and scipy. Only the checkout's samplers and schedules run; whatever else it imports is replaced by hollow
modules. Everything is computed in double precision. The model and the noise are the formulas of `denoised`, `unwanted`
and `noise` below; the TypeScript tests have the same.
"""

import importlib.abc
import importlib.machinery
import inspect
import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import torch

SIZE = 6
STEPS = 8


class Hollow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for modules that a sampler imports and never needs here."""

    wanted = ("comfy.k_diffusion", "comfy.model_sampling", "comfy.samplers", "comfy.extra_samplers")

    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top not in ("comfy", "comfy_aimdo", "torchsde", "tqdm", "einops", "node_helpers") or name.startswith(self.wanted):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__ = [str(root / "comfy")] if spec.name == "comfy" else []
        module.__spec__ = spec
        return module

    def exec_module(self, module):
        pass


root = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(root))
sys.meta_path.insert(0, Hollow())
import comfy.model_patcher  # noqa: E402
import comfy.utils  # noqa: E402

comfy.utils.model_trange = lambda *args, **_: range(*args)
import tqdm.auto  # noqa: E402

tqdm.auto.trange = lambda *args, **_: range(*args)


def with_hook(options, hook, **_):
    return {**options, "hooks": [*options.get("hooks", []), hook]}


comfy.model_patcher.set_model_options_post_cfg_function = with_hook
import comfy.model_sampling as model_sampling  # noqa: E402
import comfy.samplers as samplers  # noqa: E402
from comfy.extra_samplers import uni_pc  # noqa: E402
from comfy.k_diffusion import sampling  # noqa: E402

index = torch.arange(SIZE, dtype=torch.float64)


def denoised(x, sigma):
    return 0.6 * torch.sin(x / (1 + sigma) + index) + 0.1 * torch.cos(3 * sigma / (1 + sigma))


def unwanted(x, sigma):
    return 0.7 * denoised(x, sigma) - 0.1 * torch.sin(2 * x / (1 + sigma) + index)


def noise(step, part):
    return 1.2 * torch.sin(12.9898 * (index + 1) + 78.233 * (step + 1) + 37.719 * part)


class Model:
    """What k-diffusion's samplers call: guided already, with hooks that are shown both sides."""

    def __init__(self, process):
        self.inner_model = SimpleNamespace(
            inner_model=SimpleNamespace(model_sampling=process),
            model_patcher=SimpleNamespace(get_model_object=lambda _: process),
        )
        self.calls = 0
        self.asked = []

    def __call__(self, x, sigma, model_options=None, **_):
        self.calls += 1
        self.asked.append(x.clone())
        s = torch.as_tensor(sigma, dtype=torch.float64).reshape(-1)[0]
        found = denoised(x, s)
        for hook in (model_options or {}).get("hooks", []):
            hook({"denoised": found, "uncond_denoised": unwanted(x, s)})
        return found


def flow_process(shift):
    class Flow(model_sampling.ModelSamplingDiscreteFlow, model_sampling.CONST):
        pass

    process = Flow()
    process.set_parameters(shift=shift)
    return process


def epsilon_process():
    class Epsilon(model_sampling.ModelSamplingDiscrete, model_sampling.EPS):
        pass

    process = Epsilon.__new__(Epsilon)
    torch.nn.Module.__init__(process)
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    product = torch.cumprod(1 - betas, dim=0)
    process.set_sigmas(((1 - product) / product) ** 0.5)
    process.sigma_data = 1.0
    return process


def sampled(name, process, sigmas):
    """Latents after every step (the last one alone, for samplers that do not go by the list), and calls of the model."""
    sigmas = torch.tensor(sigmas, dtype=torch.float64)
    seen, latents, parts = {}, [], {}

    def noise_sampler(sigma, to):
        if abs(sigma - to) < 1e-6 * sigma:
            return torch.zeros(SIZE)  # over no span: weighed with nothing
        step = int((sigmas >= sigma - 1e-3 * sigma).sum()) - 1
        part = parts.get(step, 0)
        parts[step] = part + 1
        return noise(step, part)

    model = Model(process)
    x = 1.5 * torch.cos(7 * index) * (1 if isinstance(process, model_sampling.CONST) else sigmas[0])

    def callback(at):
        seen[at["i"]] = at["x"].clone()

    about = {"extra_args": {}, "callback": callback, "disable": True}
    if name in ("dpm_fast", "dpm_adaptive"):
        ends = (sigmas[-2].item(), sigmas[0].item())
        function = getattr(sampling, f"sample_{name}")
        count = (len(sigmas) - 1,) if name == "dpm_fast" else ()
        end = function(model, x, *ends, *count, extra_args={}, disable=True)
        return [end], model.calls
    if name.startswith("uni_pc"):
        variant = "bh2" if name.endswith("bh2") else "bh1"
        end = uni_pc.sample_unipc(model, x, sigmas.clone(), **about, variant=variant)
        return [end], model.calls
    function = getattr(sampling, f"sample_{name}")
    if "noise_sampler" in inspect.signature(function).parameters:
        about["noise_sampler"] = noise_sampler
    end = function(model, x, sigmas, **about)
    # These three show their callback where they began; the model is asked once a step, at where they are.
    is_lost = name in ("ipndm", "ipndm_v", "deis")
    way = model.asked[1:] if is_lost else [seen[i] for i in sorted(seen) if i > 0]
    latents = [*way, end]
    return latents, model.calls


def digits(values):
    return [float(f"{value:.8g}") for value in values]


def write(name, content):
    lines = ",\n".join(f"  {json.dumps(entry)}" for entry in content)
    Path(__file__).with_name(name).write_text(f"[\n{lines}\n]\n")


def main():
    flow = [1.0, *(float(torch.tensor(3 * t / (1 + 2 * t), dtype=torch.float32)) for t in (0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125)), 0.0]
    ramp = [(14.6146 ** (1 / 7) + i / 7 * (0.0292 ** (1 / 7) - 14.6146 ** (1 / 7))) ** 7 for i in range(8)]
    growing = [float(torch.tensor(sigma, dtype=torch.float32)) for sigma in ramp] + [0.0]
    runs = []
    torch.set_default_dtype(torch.float64)
    for name in samplers.SAMPLER_NAMES:
        if name.endswith("_gpu") or name == "ddim":
            continue
        for space, process, sigmas in (("flow", flow_process(3), flow), ("sigma", epsilon_process(), growing)):
            first = sigmas
            if space == "flow" and name.startswith(("uni_pc", "dpm_fast", "dpm_adaptive")):
                # These take logarithms of a share of data, or never reach the end: a list that begins below 1.
                first = [0.98, *sigmas[1:]]
            latents, calls = sampled(name, process, first)
            runs.append({"sampler": name, "space": space, "sigmas": first, "calls": calls, "latents": [digits(x.tolist()) for x in latents]})
    write("samplers.json", runs)
    torch.set_default_dtype(torch.float32)
    lists = []
    for process, about in [(flow_process(k), {"shift": k}) for k in (1, 3, 8)] + [(epsilon_process(), {"betas": "sd"})]:
        for schedule in samplers.SCHEDULER_NAMES:
            for steps in (1, 2, 7, 20, 33):
                if schedule == "kl_optimal" and steps == 1:
                    continue  # divides by zero there
                sigmas = samplers.calculate_sigmas(process, schedule, steps)
                lists.append({**about, "schedule": schedule, "steps": steps, "sigmas": digits(sigmas.tolist())})
    write("sigmas.json", lists)
    print(len(runs), "runs,", len(lists), "lists")


main()
