"""Fixtures for Wan's variants: tiny networks with random weights, and what diffusers makes of them.

    PYTHONPATH=<diffusers>/src python make.py        # writes beside itself

Folders hold what is their own (`transformer/`, `transformer_2/`, `image_encoder/`, `image_processor/`, `model_index.json`,
`scheduler/`); VAE, text encoder and tokenizer are those of ../wan21-t2v. A line of `cases.json` is a call; its safetensors file
has the noise, the latents after every step [steps, C, T, h, w], what the network is shown besides ([20, T, h, w], [tokens, width])
and the film [F, H, W, 3] as fp16 in 0..1. Tiled calls of the VAE are in `tiles.safetensors`.
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanImageToVideoPipeline, WanPipeline, WanTransformer3DModel
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel, UMT5EncoderModel

HERE = Path(__file__).resolve().parent
BASE = HERE.parent / "wan21-t2v"
LENGTH = 512            # diffusers splits image from text at this very length
IMAGE = dict(hidden_size=24, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=56, patch_size=14, hidden_act="gelu")
TOKENS = (56 // 14) ** 2 + 1
FOLDERS = {
    "wan21-i2v-clip": dict(channels=36, image=True),
    "wan21-flf2v": dict(channels=36, image=True, both=True),
    "wan22-i2v-a14b": dict(channels=36, boundary=0.9),
    "wan22-t2v-a14b": dict(channels=16, boundary=0.875),
}
CASES = [
    dict(id="i2v-clip", folder="wan21-i2v-clip", height=64, width=96, first="first-96x64.png", steps=4, guidance_scale=5.0, seed=5),
    dict(id="flf2v", folder="wan21-flf2v", height=32, width=48, first="first-48x32.png", last="last-48x32.png", steps=4, guidance_scale=3.5, seed=6),
    dict(id="i2v-a14b", folder="wan22-i2v-a14b", height=32, width=48, first="first-48x32.png", steps=6, guidance_scale=3.5, guidance_scale_2=2.0, seed=7),
    dict(id="i2v-a14b-last", folder="wan22-i2v-a14b", height=32, width=48, first="first-48x32.png", last="last-48x32.png", steps=6, guidance_scale=3.5, guidance_scale_2=3.5, seed=8),
    dict(id="t2v-a14b", folder="wan22-t2v-a14b", height=32, width=48, steps=7, guidance_scale=4.0, guidance_scale_2=3.0, seed=2 ** 33 + 9),
]
PROMPT, NEGATIVE, FRAMES = "A robot arm is painting a picture of a tree", "ugly, grey", 9


def randomise(module, seed):
    """Seeded normal values with fan-in scaling; norms and gates such that attention and both contexts matter."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(module.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                parameter.copy_(1.1 + 0.15 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.1 * noise)
            elif "scale_shift_table" in name:
                parameter.copy_(0.4 * noise + 0.3)
            elif parameter.ndim > 1 and "position_embedding" not in name:
                parameter.copy_(noise * 1.3 / parameter[0].numel() ** 0.5)
            else:
                parameter.copy_(0.5 * noise)


def transformer(about, seed):
    extra = dict(added_kv_proj_dim=24, image_dim=IMAGE["hidden_size"]) if about.get("image") else {}
    if about.get("both"):
        extra["pos_embed_seq_len"] = 2 * TOKENS
    model = WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=12, in_channels=about["channels"], out_channels=16, text_dim=32,
        freq_dim=256, ffn_dim=64, num_layers=2, rope_max_seq_len=64, **extra).eval()
    randomise(model, seed)
    shape = (1, about["channels"], 3, 4, 6)
    image = torch.randn(2 if about.get("both") else 1, TOKENS, IMAGE["hidden_size"], generator=torch.Generator().manual_seed(1)) if about.get("image") else None
    with torch.no_grad():
        out = model(torch.randn(shape, generator=torch.Generator().manual_seed(2)), torch.tensor([700]),
                    torch.randn(1, LENGTH, 32, generator=torch.Generator().manual_seed(3)), encoder_hidden_states_image=image)[0]
        model.proj_out.weight /= out.std()
        model.proj_out.bias /= out.std()
    return model


def picture(width, height, phase):
    """Smooth colours and one sharp edge, so that resizing has something to get wrong."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    rgb = np.stack([np.sin(x / 9 + phase), np.cos(y / 7 - phase), np.sin((x + 2 * y) / 11)], -1) * 110 + 128
    rgb[(x > width * 0.4) & (x < width * 0.7) & (y > height * 0.3)] = (250, 20 + 60 * phase, 5)
    return Image.fromarray(rgb.clip(0, 255).round().astype(np.uint8))


def write_folder(name, about):
    folder = HERE / name
    seed = 100 + list(FOLDERS).index(name)
    parts = dict(transformer=["diffusers", "WanTransformer3DModel"], vae=["diffusers", "AutoencoderKLWan"],
                 text_encoder=["transformers", "UMT5EncoderModel"], tokenizer=["transformers", "T5TokenizerFast"],
                 scheduler=["diffusers", "UniPCMultistepScheduler"])
    transformer(about, seed).save_pretrained(folder / "transformer")
    if "boundary" in about:
        transformer(about, seed + 50).save_pretrained(folder / "transformer_2")
        parts["transformer_2"] = parts["transformer"]
    if about.get("image"):
        encoder = CLIPVisionModel(CLIPVisionConfig(**IMAGE)).eval()
        randomise(encoder, 7)
        encoder.save_pretrained(folder / "image_encoder")
        if about.get("both"):       # published files were saved by older libraries, under a prefix
            weights = folder / "image_encoder/model.safetensors"
            save_file({f"vision_model.{key}": value for key, value in load_file(weights).items()}, weights, {"format": "pt"})
        side = IMAGE["image_size"]
        CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side}).save_pretrained(folder / "image_processor")
        parts["image_encoder"], parts["image_processor"] = ["transformers", "CLIPVisionModel"], ["transformers", "CLIPImageProcessor"]
    UniPCMultistepScheduler.from_pretrained(BASE / "scheduler", flow_shift=5.0).save_pretrained(folder / "scheduler")
    kind = "WanImageToVideoPipeline" if about["channels"] == 36 else "WanPipeline"
    index = {"_class_name": kind, "_diffusers_version": "0.40.0.dev0", "boundary_ratio": about.get("boundary"), **dict(sorted(parts.items()))}
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def run(case):
    folder, about = HERE / case["folder"], FOLDERS[case["folder"]]
    load = lambda kind, name: kind.from_pretrained(folder / name, torch_dtype=torch.float32).eval()
    parts = dict(
        tokenizer=AutoTokenizer.from_pretrained(BASE / "tokenizer"), vae=AutoencoderKLWan.from_pretrained(BASE / "vae"),
        text_encoder=UMT5EncoderModel.from_pretrained(BASE / "text_encoder", torch_dtype=torch.float32),
        scheduler=UniPCMultistepScheduler.from_pretrained(folder / "scheduler"), transformer=load(WanTransformer3DModel, "transformer"))
    if "boundary" in about:
        parts.update(transformer_2=load(WanTransformer3DModel, "transformer_2"), boundary_ratio=about["boundary"])
    if about.get("image"):
        parts.update(image_encoder=load(CLIPVisionModel, "image_encoder"), image_processor=CLIPImageProcessor.from_pretrained(folder / "image_processor"))
    pipeline = (WanImageToVideoPipeline if "first" in case else WanPipeline)(**parts)
    pipeline.set_progress_bar_config(disable=True)
    shape = (1, 16, (FRAMES - 1) // 4 + 1, case["height"] // 8, case["width"] // 8)
    noise = randn_tensor(shape, generator=torch.Generator().manual_seed(case["seed"]))
    tensors, latents, seen = {}, [], {}

    def keep(_pipeline, _index, _time, given):
        latents.append(given["latents"][0].clone())
        return given

    def watch(_module, _args, given):
        seen.update({name: value for name, value in given.items() if torch.is_tensor(value)})

    hook = parts["transformer"].register_forward_pre_hook(watch, with_kwargs=True)
    pictures = {}
    for port, name in (("image", case.get("first")), ("last_image", case.get("last"))):
        if name:
            pictures[port] = Image.open(HERE / name)
    settings = {key: case[key] for key in ("height", "width", "guidance_scale", "guidance_scale_2") if key in case}
    film = pipeline(prompt=PROMPT, negative_prompt=NEGATIVE, num_frames=FRAMES, num_inference_steps=case["steps"], max_sequence_length=LENGTH,
                    generator=torch.Generator().manual_seed(case["seed"]), callback_on_step_end=keep, output_type="np", **settings, **pictures).frames[0]
    hook.remove()
    tensors["latents"] = torch.stack(latents)
    tensors["video"] = torch.from_numpy(film).half()
    if "first" in case:
        tensors["condition"] = seen["hidden_states"][0, 16:].clone()
    if about.get("image"):
        tensors["image_states"] = seen["encoder_hidden_states_image"].flatten(0, 1).clone()
    save_file({key: value.contiguous() for key, value in tensors.items()}, HERE / f"{case['id']}.safetensors")
    digest = hashlib.sha256(noise.numpy().tobytes()).hexdigest()
    return {**case, "prompt": PROMPT, "negative_prompt": NEGATIVE, "num_frames": FRAMES, "max_sequence_length": LENGTH,
            "timesteps": [int(t) for t in pipeline.scheduler.timesteps], "noise_sha256": digest}


def tiles():
    """Tiled encoding and decoding, with tiles of 32 pixels that come every 24; inputs are formulas: sin(0.11 i), sin(0.013 i)."""
    out = {}
    for name, folder in (("wan21", BASE), ("wan22", HERE.parent / "wan22-ti2v")):
        vae = AutoencoderKLWan.from_pretrained(folder / "vae", torch_dtype=torch.float32).eval()
        scale, z = vae.spatial_compression_ratio, vae.config.z_dim
        side, stride = (32, 24) if scale == 8 else (64, 48)
        vae.enable_tiling(side, side, stride, stride)
        high, wide = 72 * scale // 8, 56 * scale // 8
        shape = (1, z, 2, high // scale, wide // scale)
        latent = torch.sin(0.11 * torch.arange(np.prod(shape), dtype=torch.float64)).float().reshape(shape)
        with torch.no_grad():
            out[f"{name}.decoded"] = vae.decode(latent).sample[0].half()
            if scale == 16:
                high, wide = 2 * high, 2 * wide
            clip = torch.sin(0.013 * torch.arange(3 * 5 * high * wide, dtype=torch.float64)).float().reshape(1, 3, 5, high, wide)
            out[f"{name}.encoded"] = vae.encode(clip).latent_dist.mode()[0]
    save_file(out, HERE / "tiles.safetensors")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for width, height in ((96, 64), (48, 32)):
        picture(width, height, 0.3).save(HERE / f"first-{width}x{height}.png")
    picture(48, 32, 2.1).save(HERE / "last-48x32.png")
    for name, about in FOLDERS.items():
        write_folder(name, about)
    (HERE / "cases.json").write_text(json.dumps({"format": 1, "cases": [run(case) for case in CASES]}, indent=1) + "\n")
    tiles()
