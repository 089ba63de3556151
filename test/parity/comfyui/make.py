"""Writes cases.json and latents.safetensors: what ComfyUI's own nodes make of workflows over tiny Wan files.

    npx tsx test/parity/comfyui/save.mts <files>       # in the project's root
    python make.py <folder of a ComfyUI checkout> <files>

Needs torch, transformers, sentencepiece, scipy and einops; everything runs on a CPU in fp32. What the nodes import and this does not
need is replaced by hollow modules. Loaders are opened here, because the tiny files have sizes that ComfyUI cannot tell from shapes.
`<case>.foreseen` is the denoised clip of every step [steps, C, T, h, w], `<case>.final` the finished one, both in the model's space.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import sys
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
PARITY = HERE.parent
checkout, files = (Path(path).resolve() for path in sys.argv[1:3])
sys.argv = sys.argv[:1]


class Hollow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    names = (
        "comfy_aimdo", "torchsde", "av", "torchvision", "torchaudio", "kornia", "spandrel", "blake3", "aiohttp", "yaml", "pydantic",
        "comfy_execution.progress", "comfy_api.latest._input_impl", "comfy_api.internal.async_to_sync", "comfy.diffusers_load")

    def find_spec(self, name, path=None, target=None):
        wanted = any(name == one or name.startswith(one + ".") for one in self.names)
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if wanted else None

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__, module.__spec__ = [], spec
        return module

    def exec_module(self, module):
        pass


sys.path.insert(0, str(checkout))
sys.meta_path.insert(0, Hollow())
import comfy.cli_args  # noqa: E402

comfy.cli_args.args.cpu = True
import comfy.extra_samplers.uni_pc as uni_pc  # noqa: E402
import comfy.model_detection as detection  # noqa: E402
import comfy.sd  # noqa: E402
import comfy.text_encoders.wan as wan  # noqa: E402
import comfy.utils  # noqa: E402
import latent_preview  # noqa: E402
import nodes  # noqa: E402
from comfy.ldm.wan.vae import WanVAE  # noqa: E402

classes = dict(nodes.NODE_CLASS_MAPPINGS)
for name in ("nodes_wan", "nodes_model_advanced", "nodes_hunyuan"):
    module = importlib.import_module("comfy_extras." + name)
    classes.update(getattr(module, "NODE_CLASS_MAPPINGS", {}))
    classes.update({one.__name__: one for one in vars(module).values() if isinstance(one, type) and hasattr(one, "define_schema")})

foreseen = []


def watched(*_):
    return lambda step, x0, x, total: foreseen.append(x0.clone())


latent_preview.prepare_callback = watched
in_single = uni_pc.sample_unipc


def in_double(model, noise, sigmas, extra_args=None, callback=None, disable=False, variant="bh1"):
    """UniPC's own arithmetic in double: in single precision it loses 4e-3 to rounding in its last steps."""
    def single(x, sigma, **how):
        torch.set_default_dtype(torch.float32)
        try:
            return model(x.float(), sigma.float(), **how).double()
        finally:
            torch.set_default_dtype(torch.float64)

    torch.set_default_dtype(torch.float64)
    try:
        list_of = sigmas.double()
        x = in_single(single, noise.double(), list_of, extra_args, callback, disable, variant).float()
        sigmas.copy_(list_of)
        return x
    finally:
        torch.set_default_dtype(torch.float32)


uni_pc.sample_unipc = in_double


def config(folder, part):
    return json.loads((PARITY / folder / part / "config.json").read_text())


class TinyVae:
    latent_channels = 16

    def __init__(self, path):
        self.net = WanVAE(dim=8, z_dim=16, dim_mult=[1, 2, 2, 2], num_res_blocks=2, attn_scales=[], temperal_downsample=[False, True, True], dropout=0.0).eval()
        self.net.load_state_dict(comfy.utils.load_torch_file(str(path)))

    def spacial_compression_encode(self):
        return 8

    def encode(self, pictures):
        with torch.no_grad():
            return self.net.encode((pictures * 2 - 1).movedim(-1, 0).unsqueeze(0))


def loaders(model):
    source = model if model == "wan21-t2v" else f"wan-variants/{model}"
    text = config("wan21-t2v", "text_encoder")
    text = {key: text[key] for key in ("d_model", "d_kv", "d_ff", "num_layers", "num_heads", "vocab_size")}
    statistics = config("wan21-t2v", "vae")
    told = dict(num_heads=config(source, "transformer")["num_attention_heads"], text_dim=text["d_model"])

    def unet(unet_name, weight_dtype):
        detect = detection.detect_unet_config
        detection.detect_unet_config = lambda *args, **how: {**detect(*args, **how), **told}
        try:
            patcher = comfy.sd.load_diffusion_model(str(files / model / "diffusion_models" / unet_name), model_options={"dtype": torch.float32})
        finally:
            detection.detect_unet_config = detect
        space = patcher.get_model_object("latent_format")
        space.latents_mean, space.latents_std = (torch.tensor(statistics[key]).view(1, 16, 1, 1, 1) for key in ("latents_mean", "latents_std"))
        return (patcher,)

    def clip(clip_name, type):
        weights = comfy.utils.load_torch_file(str(files / model / "text_encoders" / clip_name))

        class Target:
            params, clip, tokenizer = {}, wan.te(), wan.WanT5Tokenizer

        own = {"umt5xxl_model_config": text, "_model_config": text, "dtype": torch.float32}
        encoder = comfy.sd.CLIP(Target, tokenizer_data={"spiece_model": weights.pop("spiece_model")}, model_options=own)
        encoder.load_sd(weights)
        return (encoder,)

    def image(image):
        pixels = np.array(Image.open(PARITY / "wan-variants" / image).convert("RGB")).astype(np.float32) / 255
        return (torch.from_numpy(pixels)[None],)

    return dict(UNETLoader=unet, CLIPLoader=clip, VAELoader=lambda vae_name: (TinyVae(files / model / "vae" / vae_name),), LoadImage=image)


def node(kind, **inputs):
    return dict(class_type=kind, inputs=inputs)


def base(width=32, height=16, length=5, **change):
    return {
        "1": node("UNETLoader", unet_name="wan21-t2v.safetensors", weight_dtype="default"),
        "2": node("CLIPLoader", clip_name="wan21-t2v-umt5.safetensors", type="wan"),
        "3": node("VAELoader", vae_name="wan21-t2v-vae.safetensors"),
        "5": node("CLIPTextEncode", clip=["2", 0], text="A robot \\(arm\\) is painting\na picture  of a tree"),
        "6": node("CLIPTextEncode", clip=["2", 0], text="ugly, grey"),
        "7": node("EmptyHunyuanLatentVideo", width=width, height=height, length=length, batch_size=1),
        **change,
    }


def plain(sampler, schedule, cfg=4.0, shift=None, steps=6, **change):
    model = ["4", 0] if shift else ["1", 0]
    more = {"4": node("ModelSamplingSD3", model=["1", 0], shift=shift)} if shift else {}
    last = node(
        "KSampler", model=model, positive=["5", 0], negative=["6", 0], latent_image=["7", 0], seed=7, steps=steps, cfg=cfg,
        sampler_name=sampler, scheduler=schedule, denoise=1.0)
    return {**base(**change), **more, "8": last}


def pair(sampler="euler", schedule="simple", steps=6, end=3, texts=("5", 0, "6", 0), latent=("7", 0)):
    shared = dict(positive=list(texts[:2]), negative=list(texts[2:]), steps=steps, sampler_name=sampler, scheduler=schedule)
    return {
        **base(),
        "1": node("UNETLoader", unet_name="model_high_noise.safetensors", weight_dtype="default"),
        "11": node("UNETLoader", unet_name="model_low_noise.safetensors", weight_dtype="default"),
        "12": node("KSamplerAdvanced", model=["1", 0], latent_image=list(latent), add_noise="enable", noise_seed=9, cfg=4.0, start_at_step=0, end_at_step=end, return_with_leftover_noise="enable", **shared),
        "8": node("KSamplerAdvanced", model=["11", 0], latent_image=["12", 0], add_noise="disable", noise_seed=0, cfg=2.0, start_at_step=end, end_at_step=10000, return_with_leftover_noise="disable", **shared),
    }


def held(kind, **pictures):
    links = {name: ["30" if i == 0 else "31", 0] for i, name in enumerate(pictures)}
    shown = {links[name][0]: node("LoadImage", image=file) for name, file in pictures.items()}
    start = node(kind, positive=["5", 0], negative=["6", 0], vae=["3", 0], width=48, height=32, length=9, batch_size=1, **links)
    flow = {**pair(texts=("20", 0, "20", 1), latent=("20", 2)), **shown, "20": start}
    del flow["7"]
    return flow


nothing = node("ConditioningZeroOut", conditioning=["5", 0])
CASES = {
    "euler-simple": ("wan21-t2v", plain("euler", "simple")),
    "dpmpp-2m-normal": ("wan21-t2v", plain("dpmpp_2m", "normal", shift=5)),
    "unipc-sgm-uniform": ("wan21-t2v", plain("uni_pc", "sgm_uniform")),
    "unipc-bh2-simple": ("wan21-t2v", plain("uni_pc_bh2", "simple", shift=5, cfg=1.0)),
    "lcm-beta": ("wan21-t2v", plain("lcm", "beta", cfg=1.0)),
    "euler-ancestral-karras": ("wan21-t2v", plain("euler_ancestral", "karras")),
    "res-multistep-linear-quadratic": ("wan21-t2v", plain("res_multistep", "linear_quadratic")),
    "heun-exponential": ("wan21-t2v", plain("heun", "exponential", steps=4)),
    "deis-kl-optimal": ("wan21-t2v", plain("deis", "kl_optimal")),
    "gradient-estimation-ddim-uniform": ("wan21-t2v", plain("gradient_estimation", "ddim_uniform")),
    "zeros": ("wan21-t2v", plain("euler", "simple", steps=4, **{"6": nothing})),
    "pair": ("wan22-t2v-a14b", pair()),
    "pair-dpmpp-2m": ("wan22-t2v-a14b", pair("dpmpp_2m", "beta", steps=8, end=4)),
    "first": ("wan22-i2v-a14b", held("WanImageToVideo", start_image="first-48x32.png")),
    "first-and-last": ("wan22-i2v-a14b", held("WanFirstLastFrameToVideo", start_image="first-48x32.png", end_image="last-48x32.png")),
}


def run(flow, own):
    """What a node gives, and all nodes before it."""
    done = {}

    def value(given):
        return made(given[0])[given[1]] if isinstance(given, list) else given

    def made(at):
        if at not in done:
            kind, inputs = flow[at]["class_type"], {key: value(given) for key, given in flow[at]["inputs"].items()}
            one = classes.get(kind)
            if kind in own:
                done[at] = own[kind](**inputs)
            elif hasattr(one, "define_schema"):
                done[at] = one.execute(**inputs).result
            else:
                done[at] = getattr(one(), one.FUNCTION)(**inputs)
        return done[at]

    return made


if __name__ == "__main__":
    tensors = {}
    for name, (model, flow) in CASES.items():
        foreseen.clear()
        made = run(flow, loaders(model))
        samples = made("8")[0]["samples"]
        space = made("1")[0].get_model_object("latent_format")
        tensors[f"{name}.foreseen"], tensors[f"{name}.final"] = torch.cat(foreseen).float(), space.process_in(samples)[0]
        print(name, len(foreseen), "std", round(tensors[f"{name}.final"].std().item(), 3))
    save_file({key: value.contiguous().clone() for key, value in tensors.items()}, HERE / "latents.safetensors")
    cases = [dict(id=name, model=model, workflow=flow) for name, (model, flow) in CASES.items()]
    (HERE / "cases.json").write_text(json.dumps({"cases": cases}, indent=1) + "\n")
