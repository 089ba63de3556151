"""Fixtures for the product's tests: what diffusers makes of the shipped folder, for three prompts and one image.

    pip install diffusers transformers ftfy
    python compare.py --out ../test/parity/gosling        # after every export

Each case is a line of `cases.json` and a safetensors file: noise [C, T, h, w], prompt_embeds and negative_embeds [n, d],
latents after every step [steps, C, T, h, w], the condition latent of the image [C, 1, h, w], of two the video [F, H, W, 3] in 0..1.
"""
import argparse
import hashlib
import json
from pathlib import Path

import torch
from diffusers import WanImageToVideoPipeline, WanPipeline
from diffusers.utils.torch_utils import randn_tensor
from PIL import Image
from safetensors.torch import save_file

import world

FOLDER = Path(__file__).resolve().parent.parent / "models/gosling"
STEPS, LENGTH = 6, 512
FILMED = ("gosling-text-1", "gosling-image")      # cases whose decoded pictures are kept as well
CASES = [
    dict(id="gosling-text-1", prompt="a big red ball moves right slowly in a meadow", seed=7),
    dict(id="gosling-text-2", prompt="Tiny purple star, at night.", seed=2 ** 33 + 5),
    dict(id="gosling-text-3", prompt="zorblax heart", seed=0),
    dict(id="gosling-image", prompt="a small yellow triangle rises quickly on the sea", seed=11, image="gosling-image.png"),
]


def picture(defaults):
    """The first frame of a fixed scene, as a picture of exactly the model's size."""
    scenes = world.sample_scenes(1, torch.Generator().manual_seed(3))
    frame = world.render(scenes, defaults["height"], 1)[0, 0]
    return Image.fromarray((frame * 255).round().byte().numpy())


def run(case, defaults, out):
    """Run one case; returns its line of `cases.json` and writes its tensors."""
    kind = WanImageToVideoPipeline if "image" in case else WanPipeline
    parts = {} if "image" not in case else dict(image_encoder=None, image_processor=None)
    pipeline = kind.from_pretrained(str(FOLDER), torch_dtype=torch.float32, **parts)
    pipeline.set_progress_bar_config(disable=True)
    shape = (1, pipeline.transformer.config.in_channels, (defaults["frames"] - 1) // 4 + 1, defaults["height"] // 8, defaults["width"] // 8)
    noise = randn_tensor(shape, generator=torch.Generator().manual_seed(case["seed"]))
    tensors, latents = {"noise": noise[0]}, []
    for name, text in (("prompt_embeds", case["prompt"]), ("negative_embeds", "")):
        count = len(pipeline.tokenizer(text).input_ids)
        tensors[name] = pipeline.encode_prompt(text, do_classifier_free_guidance=False, max_sequence_length=LENGTH)[0][0, :count]

    def keep(_pipeline, _index, _time, given):
        latents.append(given["latents"][0].clone())
        return given

    extra = {}
    if "image" in case:
        image = picture(defaults)
        image.save(out / case["image"])
        extra["image"] = image
        pixels = pipeline.video_processor.preprocess(image)[:, :, None]
        vae = pipeline.vae
        mean, std = (torch.tensor(v).view(1, -1, 1, 1, 1) for v in (vae.config.latents_mean, vae.config.latents_std))
        with torch.no_grad():
            tensors["condition"] = ((vae.encode(pixels).latent_dist.mode() - mean) / std)[0]
    video = pipeline(prompt=case["prompt"], negative_prompt="", height=defaults["height"], width=defaults["width"],
                     num_frames=defaults["frames"], num_inference_steps=STEPS, guidance_scale=defaults["guidance"], latents=noise.clone(),
                     max_sequence_length=LENGTH, output_type="np", callback_on_step_end=keep, **extra).frames[0]
    tensors["latents"] = torch.stack(latents)
    if case["id"] in FILMED:
        tensors["video"] = torch.from_numpy(video)
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, str(out / f"{case['id']}.safetensors"))
    digest = hashlib.sha256(noise.numpy().tobytes()).hexdigest()
    return dict(case, image=case.get("image"), folder="gosling", file=f"{case['id']}.safetensors", negative_prompt="",
                height=defaults["height"], width=defaults["width"], num_frames=defaults["frames"], steps=STEPS,
                guidance_scale=defaults["guidance"], max_sequence_length=LENGTH, scheduler="folder",
                expected=dict(noise_sha256=digest, prompt_token_ids=pipeline.tokenizer(case["prompt"]).input_ids))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    settings = json.loads((FOLDER / "skein.json").read_text())["defaults"]
    lines = [run(case, settings, options.out) for case in CASES]
    (options.out / "cases.json").write_text(json.dumps(dict(cases=lines), indent=1) + "\n")
