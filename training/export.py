"""Write a trained run as a complete diffusers folder (WanPipeline, `expand_timesteps`), with `skein.json` beside it."""
import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import world
from captions import WORDS, plain
from presets import PRESETS
from tokenizer import save_tokenizer
from wan_vae import MULT
from world_places import PLACES
from world_shapes import SHAPES

SAMPLING = dict(steps=20, sampler="unipc", schedule="flow", guidance=2.0, shift=3.0)      # chosen by a sweep, see NOTES.md


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def save_weights(path, state, half):
    """Half precision for matrices; tables, norms and time features stay in fp32, as diffusers keeps them."""
    fine = ("norm", "scale_shift_table", "time_embedder", "gamma", "bias")
    tensors = {k: v.half() if half and not any(word in k for word in fine) else v.float() for k, v in state.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, str(path), metadata={"format": "pt"})


def transformer_config(t, text_dim):
    return {"_class_name": "WanTransformer3DModel", "_diffusers_version": "0.35.0", "added_kv_proj_dim": None,
            "attention_head_dim": t["head_dim"], "cross_attn_norm": True, "eps": 1e-6, "ffn_dim": t["ffn"], "freq_dim": 256,
            "image_dim": None, "in_channels": t["channels"], "num_attention_heads": t["heads"], "num_layers": t["layers"],
            "out_channels": t["channels"], "patch_size": [1, 2, 2], "pos_embed_seq_len": None,
            "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 1024, "text_dim": text_dim}


def vae_config(v, stats):
    mean, std = ([round(float(x), 6) for x in s] for s in stats)
    return {"_class_name": "AutoencoderKLWan", "_diffusers_version": "0.35.0", "attn_scales": [], "base_dim": v["base"],
            "decoder_base_dim": v["decoder_base"], "dim_mult": list(MULT), "dropout": 0.0, "in_channels": 12, "is_residual": True,
            "latents_mean": mean, "latents_std": std, "num_res_blocks": 1, "out_channels": 12, "patch_size": 2,
            "scale_factor_spatial": 8, "scale_factor_temporal": 4, "temperal_downsample": [True, True], "z_dim": v["z"]}


def text_config(t, vocabulary):
    return {"architectures": ["UMT5EncoderModel"], "d_ff": t["wide"], "d_kv": t["head_dim"], "d_model": t["dim"],
            "decoder_start_token_id": 0, "dense_act_fn": "gelu_new", "dropout_rate": 0.0, "eos_token_id": 1,
            "feed_forward_proj": "gated-gelu", "initializer_factor": 1.0, "is_encoder_decoder": True, "is_gated_act": True,
            "layer_norm_epsilon": 1e-6, "model_type": "umt5", "num_decoder_layers": t["layers"], "num_heads": t["heads"],
            "num_layers": t["layers"], "pad_token_id": 0, "relative_attention_max_distance": 128,
            "relative_attention_num_buckets": 32, "tie_word_embeddings": True, "torch_dtype": "float32", "use_cache": True,
            "vocab_size": vocabulary}


def scheduler_config(shift):
    return {"_class_name": "UniPCMultistepScheduler", "_diffusers_version": "0.35.0", "beta_end": 0.02, "beta_schedule": "linear",
            "beta_start": 0.0001, "disable_corrector": [], "dynamic_thresholding_ratio": 0.995, "final_sigmas_type": "zero",
            "flow_shift": shift, "lower_order_final": True, "num_train_timesteps": 1000, "predict_x0": True,
            "prediction_type": "flow_prediction", "rescale_betas_zero_snr": False, "sample_max_value": 1.0, "solver_order": 2,
            "solver_p": None, "solver_type": "bh2", "steps_offset": 0, "thresholding": False, "timestep_spacing": "linspace",
            "trained_betas": None, "use_beta_sigmas": False, "use_exponential_sigmas": False, "use_flow_sigmas": True,
            "use_karras_sigmas": False}


OTHERS = dict(otherSizes="heroes may double", otherFrames="motion may stray")      # measured: see the card


def skein_config(defaults, rgb):
    """What the editor needs to know: defaults, preview colours, the words the model knows, prompts worth trying."""
    knows = {group: {name: sorted(set(says)) for name, says in options.items()} for group, options in WORDS.items()}
    scenes = world.sample_scenes(8, torch.Generator().manual_seed(4))
    weight, bias = rgb
    return dict(name="Gosling", says="A tiny text-to-video model of a picture-book world.", pins="any", defaults=defaults,
                trained=dict(sizes=[[defaults["width"], defaults["height"]]], frames=[1, defaults["frames"]], **OTHERS),
                latent_rgb=dict(factors=[[round(x, 5) for x in row] for row in weight.tolist()], bias=[round(x, 5) for x in bias.tolist()]),
                knows=knows, names=dict(place=list(PLACES), colour=list(world.COLOURS), shape=list(SHAPES), motion=list(world.MOTIONS)),
                examples=[plain(world.describe(scenes, i)) for i in range(8)])


def export(out, trained, card=None):
    """`trained`: dict with vae, text_encoder, transformer (state dicts), stats, rgb, preset, vocabulary."""
    out = Path(out)
    preset = trained["preset"]
    defaults = dict(width=preset["size"], height=preset["size"], frames=preset["frames"], framesPerSecond=preset["fps"], **SAMPLING)
    text, transformer = preset["dit"]["text"], preset["dit"]["transformer"]
    write_json(out / "model_index.json", {
        "_class_name": "WanPipeline", "_diffusers_version": "0.35.0", "boundary_ratio": None, "expand_timesteps": True,
        "scheduler": ["diffusers", "UniPCMultistepScheduler"], "text_encoder": ["transformers", "UMT5EncoderModel"],
        "tokenizer": ["transformers", "PreTrainedTokenizerFast"], "transformer": ["diffusers", "WanTransformer3DModel"],
        "transformer_2": [None, None], "vae": ["diffusers", "AutoencoderKLWan"]})
    write_json(out / "transformer/config.json", transformer_config(transformer, text["dim"]))
    write_json(out / "vae/config.json", vae_config(preset["vae"]["model"], trained["stats"]))
    write_json(out / "text_encoder/config.json", text_config(text, trained["vocabulary"]))
    write_json(out / "scheduler/scheduler_config.json", scheduler_config(defaults["shift"]))
    save_weights(out / "transformer/diffusion_pytorch_model.safetensors", trained["transformer"], half=True)
    save_weights(out / "vae/diffusion_pytorch_model.safetensors", trained["vae"], half=True)
    save_weights(out / "text_encoder/model.safetensors", trained["text_encoder"], half=False)
    save_tokenizer(out / "tokenizer")
    write_json(out / "skein.json", skein_config(defaults, trained["rgb"]))
    if card:
        shutil.copy(card, out / "README.md")


def collect(run, name):
    """The finished parts of a run folder as `export` wants them."""
    run = Path(run)
    autoencoder = "decoder/final.pt" if (run / "decoder/final.pt").exists() else "vae/final.pt"
    vae, dit, stats = (torch.load(run / p, map_location="cpu") for p in (autoencoder, "dit/final.pt", "stats.pt"))
    part = {key: {k.removeprefix(key + "."): v for k, v in dit["model"].items() if k.startswith(key + ".")}
            for key in ("text_encoder", "transformer")}
    return dict(part, vae=vae["model"], stats=stats["stats"], rgb=stats["rgb"], preset=PRESETS[name],
                vocabulary=part["text_encoder"]["shared.weight"].shape[0])


def take_folder(folder, run):
    """The reverse of `export`: put the autoencoder of an exported folder into `run`, where it has none, and return the weights of
    text encoder and transformer."""
    folder, run = Path(folder), Path(run)

    def weights(part, name="diffusion_pytorch_model"):
        return {k: v.float() for k, v in load_file(str(folder / part / f"{name}.safetensors")).items()}

    if not (run / "vae/final.pt").exists():
        config, colours = (json.loads((folder / name).read_text()) for name in ("vae/config.json", "skein.json"))
        (run / "vae").mkdir(parents=True, exist_ok=True)
        torch.save(dict(stats=tuple(torch.tensor(config[key]) for key in ("latents_mean", "latents_std")),
                        rgb=tuple(torch.tensor(colours["latent_rgb"][key]) for key in ("factors", "bias"))), run / "stats.pt")
        torch.save(dict(model=weights("vae")), run / "vae/final.pt")
    parts = dict(text_encoder=weights("text_encoder", "model"), transformer=weights("transformer"))
    return {f"{part}.{key}": value for part, state in parts.items() for key, value in state.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, help="folder of a training run")
    parser.add_argument("--preset", default="cpu", choices=PRESETS)
    parser.add_argument("--out", default=Path(__file__).resolve().parent.parent / "models/gosling")
    options = parser.parse_args()
    export(options.out, collect(options.run, options.preset), Path(__file__).with_name("CARD.md"))
