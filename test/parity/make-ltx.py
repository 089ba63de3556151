"""Fixtures for LTX-Video: a tiny checkpoint with random weights, and what diffusers makes of it.

    PYTHONPATH=<diffusers>/src python make-ltx.py        # writes into ltx/

`ltx/later` is a whole folder in the layout of 0.9.5 and later (bf16): per-frame times, a VAE that is told the time. `ltx/older` has
what is its own in the layout of 0.9.0 (`model_index.json`, `scheduler/`, `vae/`); the rest is that of `later`. A line of `cases.json`
is a call of the folder's own pipeline; its safetensors file has the noise [C, T, h, w], the text states of real tokens [tokens, width],
the latents after every step [steps, C, T, h, w] and, unless it says `film: false`, the film [F, H, W, 3] as bytes. The encoders' variance is next to nothing, so that
the pipelines' sample of it is its mode.
"""
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from diffusers.pipelines.ltx import pipeline_ltx_condition
from diffusers import AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler, LTXConditionPipeline, LTXPipeline, LTXVideoTransformer3DModel
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, T5Config, T5EncoderModel

HERE = Path(__file__).resolve().parent / "ltx"
TOKENIZER = HERE.parent / "wan21-t2v" / "tokenizer"
CHANNELS, LENGTH, FPS = 8, 24, 24
LATER_VAE = dict(
    latent_channels=CHANNELS, block_out_channels=(4, 8, 8, 16, 16), down_block_types=("LTXVideo095DownBlock3D",) * 4,
    decoder_block_out_channels=(8, 16, 32), layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1),
    spatio_temporal_scaling=(True,) * 4, decoder_spatio_temporal_scaling=(True,) * 3, decoder_inject_noise=(False,) * 4,
    downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"), upsample_residual=(True,) * 3, upsample_factor=(2,) * 3,
    timestep_conditioning=True, spatial_compression_ratio=32, temporal_compression_ratio=8)
OLDER_VAE = dict(
    latent_channels=CHANNELS, block_out_channels=(4, 8, 8, 8), decoder_block_out_channels=(4, 8, 8, 8), layers_per_block=(1, 1, 1, 1, 1),
    decoder_layers_per_block=(1, 1, 1, 1, 1))
CASES = [
    dict(id="text", folder="later", height=64, width=32, num_frames=17, steps=6, guidance_scale=3.0, seed=11, decode_timestep=0.05, decode_noise_scale=0.025),
    dict(id="image", folder="later", height=64, width=96, num_frames=9, steps=5, guidance_scale=2.0, seed=12, image="image.png", decode_timestep=0.05, decode_noise_scale=0.025),
    dict(id="extension", folder="later", height=32, width=64, num_frames=25, steps=4, guidance_scale=1.0, seed=13, prefix=9, decode_timestep=0.05, decode_noise_scale=0.025),
    dict(id="keyframe", folder="later", height=64, width=96, num_frames=17, steps=4, guidance_scale=2.0, seed=15, image="image.png", frame_index=16, film=False),
    dict(id="middle", folder="later", height=32, width=64, num_frames=41, steps=4, guidance_scale=1.0, seed=16, prefix=25, frame_index=8, film=False),
    dict(id="soft", folder="later", height=64, width=96, num_frames=9, steps=8, guidance_scale=2.0, seed=17, image="image.png", strength=0.4, film=False),
    dict(id="soft-keyframe", folder="later", height=64, width=96, num_frames=17, steps=8, guidance_scale=2.0, seed=18, image="image.png", frame_index=16, strength=0.5, film=False),
    dict(id="soft-middle", folder="later", height=32, width=64, num_frames=41, steps=8, guidance_scale=1.0, seed=19, prefix=25, frame_index=8, strength=0.2, film=False),
    dict(id="soft-end", folder="later", height=32, width=64, num_frames=17, steps=6, guidance_scale=1.0, seed=20, prefix=9, strength=0.9, film=False),
    dict(id="older", folder="older", height=32, width=64, num_frames=17, steps=7, guidance_scale=3.0, seed=2 ** 32 + 14),
]
PROMPT, NEGATIVE = "A robot arm is painting a picture of a tree", "ugly, grey"


def randomise(module, seed):
    """Seeded normal values with fan-in scaling; norms and gates such that attention, text and time matter."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(module.named_parameters()):
            if name.endswith("timestep_scale_multiplier"):
                continue
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                parameter.copy_(1.1 + 0.15 * noise)
            elif name.endswith("bias"):
                parameter.copy_(0.1 * noise)
            elif "scale_shift_table" in name:
                parameter.copy_(0.3 * noise + (0.3 if "blocks" in name else 0))
            elif parameter.ndim > 1:
                parameter.copy_(noise * 1.2 / parameter[0].numel() ** 0.5)
            else:
                parameter.copy_(0.5 * noise)


def make_vae(config, seed):
    vae = AutoencoderKLLTXVideo(**config).eval()
    randomise(vae, seed)
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        vae.latents_mean.copy_(0.3 * torch.randn(CHANNELS, generator=generator))
        vae.latents_std.copy_(0.8 + 0.4 * torch.rand(CHANNELS, generator=generator))
        out = vae.encoder.conv_out.conv
        out.weight[-1] = 0
        out.bias[-1] = -30
        # Few pixels at the ends of their range, latents of pictures of about their own size.
        z = torch.randn(1, CHANNELS, 3, 2, 3, generator=generator) * vae.latents_std.view(1, -1, 1, 1, 1) + vae.latents_mean.view(1, -1, 1, 1, 1)
        film = vae.decode(z, torch.tensor([0.05]) if config.get("timestep_conditioning") else None).sample
        last = vae.decoder.conv_out.conv
        last.weight.mul_(0.42 / film.std())
        last.bias.zero_()
        mean = vae.encode(torch.rand(1, 3, 9, 64, 64, generator=generator) * 2 - 1).latent_dist.mode()
        out.weight[:-1].mul_(1 / mean.std())
    return vae


def make_tokenizer(folder):
    """That of ../wan21-t2v without its map of characters, which is nine tenths of it and tested there."""
    folder.mkdir(parents=True)
    about = json.loads((TOKENIZER / "tokenizer.json").read_text())
    about["normalizer"] = None
    (folder / "tokenizer.json").write_text(json.dumps(about, ensure_ascii=False))
    config = json.loads((TOKENIZER / "tokenizer_config.json").read_text())
    # transformers 5 builds T5 tokenizers anew; this class takes the file as it is.
    config |= dict(tokenizer_class="PreTrainedTokenizerFast", model_max_length=128)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return AutoTokenizer.from_pretrained(folder)


def make_folders():
    for name in ("later", "older"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    HERE.mkdir(exist_ok=True)
    torch.manual_seed(0)
    text = T5EncoderModel(T5Config(vocab_size=384, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu", is_encoder_decoder=False, use_cache=False)).eval()
    randomise(text, 1)
    with torch.no_grad():
        for name, parameter in text.named_parameters():
            if "relative_attention_bias" in name:
                parameter.mul_(2)
    transformer = LTXVideoTransformer3DModel(in_channels=CHANNELS, out_channels=CHANNELS, num_attention_heads=4, attention_head_dim=14, cross_attention_dim=56, num_layers=2, caption_channels=32).eval()
    randomise(transformer, 2)
    with torch.no_grad():
        v = transformer(hidden_states=torch.randn(1, 18, CHANNELS), encoder_hidden_states=torch.randn(1, 8, 32), timestep=torch.tensor([500.0]), encoder_attention_mask=torch.ones(1, 8), num_frames=3, height=2, width=3, rope_interpolation_scale=(8 / 24, 32, 32)).sample
        transformer.proj_out.weight.mul_(1 / v.std())
        transformer.proj_out.bias.zero_()
    tokenizer = make_tokenizer(HERE / "tokenizer")
    parts = dict(text_encoder=text.to(torch.bfloat16), tokenizer=tokenizer, transformer=transformer.to(torch.bfloat16))
    later = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=False)
    LTXConditionPipeline(scheduler=later, vae=make_vae(LATER_VAE, 3).to(torch.bfloat16), **parts).save_pretrained(HERE / "later")
    older = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, base_image_seq_len=1024, max_image_seq_len=4096, shift_terminal=0.1)
    LTXPipeline(scheduler=older, vae=make_vae(OLDER_VAE, 5).to(torch.float16), **parts).save_pretrained(HERE / "older")
    for folder in ("later", "older"):
        # The ids must be those of the very files that were made.
        shutil.rmtree(HERE / folder / "tokenizer")
        shutil.copytree(HERE / "tokenizer", HERE / folder / "tokenizer")
    shutil.rmtree(HERE / "tokenizer")
    y, x, c = np.meshgrid(np.arange(64), np.arange(96), np.arange(3), indexing="ij")
    Image.fromarray(((5 * x + 3 * y + 70 * c + x * y // 16) % 256).astype(np.uint8)).save(HERE / "image.png")


def prefix(frames, height, width):
    """The clip that is gone on from, by formula; as in test/inference/vae-fixtures.ts."""
    f, y, x, c = np.meshgrid(np.arange(frames), np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    clip = ((7 * x + 13 * y + 29 * f + 61 * c + x * y + 3 * f * x) % 256).astype(np.uint8)
    return [Image.fromarray(picture) for picture in clip]


def noise_of_places(index):
    """Keyframes get the noise of the latent frame at whose pictures they lie, where diffusers would draw some more."""
    draw, drawn = pipeline_ltx_condition.randn_tensor, []

    def give(shape, **how):
        if not drawn or shape == drawn[0].shape:
            drawn.append(draw(shape, **how))
            return drawn[-1].clone()
        # The first latent frame of a piece is one picture, the next ones are eight.
        places = [-(-(index + max(0, 8 * k - 7)) // 8) for k in range(shape[2])]
        return drawn[0][:, :, places].clone()

    return give


def run(case):
    kind = LTXConditionPipeline if case["folder"] == "later" else LTXPipeline
    pipe = kind.from_pretrained(HERE / case["folder"]).to(torch.float32)
    pipe.set_progress_bar_config(disable=True)
    height, width, frames = (case[key] for key in ("height", "width", "num_frames"))
    shape = (CHANNELS, (frames - 1) // 8 + 1, height // 32, width // 32)
    steps = []

    def keep(_pipe, _index, _t, kwargs):
        # Keyframes come first, as further tokens.
        own = kwargs["latents"][:, -shape[1] * shape[2] * shape[3]:]
        steps.append(pipe._unpack_latents(own, *shape[1:])[0].clone())
        return {}

    seen = {}
    encode = pipe.encode_prompt
    pipe.encode_prompt = lambda *args, **kwargs: seen.setdefault("text", encode(*args, **kwargs))
    call = dict(
        prompt=PROMPT, negative_prompt=NEGATIVE, height=height, width=width, num_frames=frames, frame_rate=FPS, num_inference_steps=case["steps"],
        guidance_scale=case["guidance_scale"], generator=torch.Generator("cpu").manual_seed(case["seed"]), max_sequence_length=LENGTH, output_type="np",
        callback_on_step_end=keep)
    if "decode_timestep" in case:
        call |= dict(decode_timestep=case["decode_timestep"], decode_noise_scale=case["decode_noise_scale"])
    if "image" in case:
        call |= dict(image=Image.open(HERE / case["image"]), frame_index=case.get("frame_index", 0), strength=case.get("strength", 1.0), image_cond_noise_scale=0.0)
    if "prefix" in case:
        call |= dict(video=[prefix(case["prefix"], height, width)], frame_index=case.get("frame_index", 0), strength=case.get("strength", 1.0), image_cond_noise_scale=0.0)
    draw = pipeline_ltx_condition.randn_tensor
    if "strength" in case:
        pipeline_ltx_condition.randn_tensor = noise_of_places(case.get("frame_index", 0))
    film = pipe(**call).frames[0]
    pipeline_ltx_condition.randn_tensor = draw
    states, mask, avoid, avoid_mask = seen["text"]
    noise = torch.randn((1, *shape), generator=torch.Generator("cpu").manual_seed(case["seed"]))[0]
    tensors = dict(noise=noise, latents=torch.stack(steps), prompt_embeds=states[0][mask[0].bool()])
    if case.get("film", True):
        tensors["video"] = torch.from_numpy(np.round(255 * film).astype(np.uint8))
    if avoid is not None and case["guidance_scale"] > 1:
        tensors["negative_embeds"] = avoid[0][avoid_mask[0].bool()]
    save_file({key: value.contiguous() for key, value in tensors.items()}, HERE / f"{case['id']}.safetensors")
    ids = pipe.tokenizer(PROMPT, max_length=LENGTH, truncation=True).input_ids
    print(case["id"], "steps' std", [round(x.std().item(), 3) for x in steps], "film", film.shape, round(float(film.std()), 3), "clamped", round(float(((film <= 0) | (film >= 1)).mean()), 4))
    return dict(
        case, prompt=PROMPT, negative_prompt=NEGATIVE, length=LENGTH, fps=FPS, sigmas=[round(float(s), 7) for s in pipe.scheduler.sigmas],
        expected=dict(prompt_token_ids=ids, noise_sha256=hashlib.sha256(noise.numpy().tobytes()).hexdigest()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    make_folders()
    with torch.no_grad():
        lines = [run(case) for case in CASES]
    (HERE / "cases.json").write_text(json.dumps({"cases": lines}, indent=2) + "\n")
    for name in ("text_encoder", "tokenizer", "transformer"):
        shutil.rmtree(HERE / "older" / name)
