"""What the networks promise: Wan's mathematics, and a folder that gives back what was trained."""
import json
import math

import pytest
import torch
from safetensors.torch import load_file

from export import export, take_folder
from presets import PRESETS
from sample import UniPC, generate, sigmas_of
from tokenizer import pieces
from train_dit import SHARES, Gosling, known_frames, noise_levels
from umt5 import UMT5, encode_padded
from wan_dit import WanDiT
from wan_vae import MULT, WanVAE, patchify, unpatchify

SMALL = PRESETS["rehearsal"]["dit"]


def gosling():
    torch.manual_seed(1)
    model = Gosling(len(pieces()), SMALL["transformer"], SMALL["text"]).eval()
    torch.nn.init.normal_(model.transformer.proj_out.weight, std=0.1)
    return model


def test_one_weighted_pad_equals_all_the_pads():
    torch.manual_seed(2)
    model, ids = gosling(), torch.tensor([[5, 9, 30, 1, 0, 0]])
    x, t = torch.randn(1, 16, 2, 8, 8), torch.full((1, 2), 700.0)
    states, bias = encode_padded(model.text_encoder, ids)
    full = torch.zeros(1, 512, states.shape[-1])
    full[:, :4] = states[:, :4]
    short, long = model.transformer(x, t, states, bias), model.transformer(x, t, full, torch.zeros(1, 512))
    assert (short - long).abs().max() < 1e-4 * long.abs().max()


def test_frames_of_a_clip_do_not_see_the_future_in_the_autoencoder():
    torch.manual_seed(3)
    vae = WanVAE(base=4, decoder_base=4).eval()
    for p in vae.parameters():
        torch.nn.init.normal_(p, std=0.2)
    clip = torch.randn(1, 3, 9, 32, 32)
    later = clip.clone()
    later[:, :, 5:] = 0
    with torch.no_grad():
        a, b = vae.encode(clip)[0], vae.encode(later)[0]
        assert torch.allclose(a[:, :, :2], b[:, :, :2], atol=1e-5) and not torch.allclose(a[:, :, 2], b[:, :, 2])
        assert vae.decode(a).shape == clip.shape
        assert torch.allclose(vae.encode(clip[:, :, :1])[0], a[:, :, :1], atol=1e-5)


def test_patches_put_columns_before_rows():
    x = torch.arange(16.0).view(1, 1, 1, 4, 4)
    assert patchify(x)[0, :, 0, 0, 0].tolist() == [0, 4, 1, 5]
    assert torch.equal(unpatchify(patchify(x)), x)


def test_sampler_is_exact_where_the_answer_is_known():
    """If the clean latent is a constant, every step must stay on the straight line from noise to it."""
    noise, clean, solver = torch.randn(3).double(), torch.tensor([1.0, -2.0, 0.5]).double(), UniPC(sigmas_of(8, 3.0))
    x = noise
    for i in range(8):
        x = solver.step(i, x, clean)
        s = solver.sigmas[i + 1]
        assert torch.allclose(x, clean + (noise - clean) * s / solver.sigmas[0], atol=1e-5)
    assert torch.equal(x, clean)


def test_given_frames_come_back_untouched():
    model, noise, clean = gosling(), torch.randn(1, 16, 5, 8, 8), torch.randn(1, 16, 5, 8, 8)
    known = torch.tensor([True, False, False, False, True])
    out = generate(model, torch.tensor([[5, 1]]), noise, steps=2, guidance=1.0, known=known, clean=clean)
    assert torch.equal(out[:, :, known], clean[:, :, known]) and not torch.equal(out[:, :, 1], clean[:, :, 1])


def test_mixture_of_known_frames():
    generator = torch.Generator().manual_seed(1)
    known = known_frames(4000, 5, generator)
    assert not known.all(dim=1).any(), "a clip with every frame given teaches nothing"
    share = (known.sum(dim=1) == 0).float().mean()
    assert SHARES[0] <= share < SHARES[0] + 0.03
    t = noise_levels(1000, 5, 3.0, generator)
    assert t.min() > 0 and t.max() < 1 and (t.diff(dim=1) >= 0).all()


def test_a_run_can_begin_from_an_exported_folder(tmp_path):
    model, preset = gosling(), PRESETS["rehearsal"]
    vae, stats = WanVAE(**preset["vae"]["model"]), (torch.randn(16), torch.rand(16) + 0.5)
    export(tmp_path / "folder", dict(vae=vae.state_dict(), stats=stats, rgb=(torch.randn(16, 3), torch.randn(3)), preset=preset,
                                     vocabulary=len(pieces()), text_encoder=model.text_encoder.state_dict(),
                                     transformer=model.transformer.state_dict()))
    start, again = take_folder(tmp_path / "folder", tmp_path / "run"), gosling()
    again.load_state_dict(start)
    x, t, ids = torch.randn(1, 16, 5, 8, 8), torch.rand(1, 5), torch.tensor([[5, 9, 1]])
    with torch.no_grad():
        before, after = model(x, t, ids), again(x, t, ids)
    assert (before - after).abs().max() < 5e-3 * before.abs().max()
    kept, made = torch.load(tmp_path / "run/vae/final.pt")["model"], vae.state_dict()
    assert kept.keys() == made.keys() and all((kept[k] - made[k]).abs().max() < 2e-3 for k in made)
    assert torch.allclose(torch.load(tmp_path / "run/stats.pt")["stats"][0], stats[0], atol=1e-5)


def test_exported_folder_gives_back_what_was_trained(tmp_path):
    model, preset = gosling(), PRESETS["rehearsal"]
    vae, stats = WanVAE(**preset["vae"]["model"]), (torch.randn(16), torch.rand(16) + 0.5)
    trained = dict(vae=vae.state_dict(), stats=stats, rgb=(torch.randn(16, 3), torch.randn(3)), preset=preset,
                   vocabulary=len(pieces()), text_encoder=model.text_encoder.state_dict(), transformer=model.transformer.state_dict())
    export(tmp_path, trained)
    index = json.loads((tmp_path / "model_index.json").read_text())
    assert index["_class_name"] == "WanPipeline" and index["expand_timesteps"] is True
    config = json.loads((tmp_path / "transformer/config.json").read_text())
    again = WanDiT(config["in_channels"], config["num_attention_heads"], config["attention_head_dim"], config["num_layers"],
                   config["ffn_dim"], config["text_dim"])
    again.load_state_dict({k: v.float() for k, v in load_file(tmp_path / "transformer/diffusion_pytorch_model.safetensors").items()})
    text = UMT5(trained["vocabulary"], **preset["dit"]["text"])
    text.load_state_dict(load_file(tmp_path / "text_encoder/model.safetensors"))
    states, bias = encode_padded(text, torch.tensor([[5, 9, 1]]))
    x, t = torch.randn(1, 16, 2, 8, 8), torch.full((1, 2), 500.0)
    with torch.no_grad():
        before, after = model.transformer(x, t, states, bias), again(x, t, states, bias)
    assert (before - after).abs().max() < 5e-3 * before.abs().max()
    assert json.loads((tmp_path / "skein.json").read_text())["defaults"]["frames"] == 17


def test_same_networks_in_diffusers():
    """Our whole-sequence autoencoder and transformer against diffusers' own classes, where diffusers is installed."""
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(4)
    ours = WanVAE(base=4, decoder_base=6, z=8)
    for p in ours.parameters():
        torch.nn.init.normal_(p, std=0.2)
    theirs = diffusers.AutoencoderKLWan(base_dim=4, decoder_base_dim=6, z_dim=8, dim_mult=list(MULT), num_res_blocks=1, is_residual=True,
                                        temperal_downsample=[True, True], in_channels=12, out_channels=12, patch_size=2,
                                        latents_mean=[0.0] * 8, latents_std=[1.0] * 8, scale_factor_spatial=8)
    theirs.load_state_dict(ours.state_dict())
    clip = torch.randn(1, 3, 9, 32, 32).clamp(-1, 1)
    with torch.no_grad():
        z = ours.encode(clip)[0]
        assert (theirs.encode(clip).latent_dist.mean - z).abs().max() < 1e-4 * z.abs().max()
        assert (theirs.decode(z).sample - ours.decode(z).clamp(-1, 1)).abs().max() < 1e-4
    model = gosling().transformer
    t = SMALL["transformer"]
    wan = diffusers.WanTransformer3DModel(patch_size=(1, 2, 2), num_attention_heads=t["heads"], attention_head_dim=t["head_dim"],
                                          in_channels=16, out_channels=16, text_dim=128, freq_dim=256, ffn_dim=t["ffn"],
                                          num_layers=t["layers"], cross_attn_norm=True)
    wan.load_state_dict(model.state_dict())
    x, text, frames = torch.randn(1, 16, 3, 8, 8), torch.randn(1, 6, 128), torch.tensor([[0.0, 300.0, 900.0]])
    with torch.no_grad():
        ours_out = model(x, frames, text, torch.zeros(1, 6))
        their_out = wan(x, frames.repeat_interleave(16, dim=1), text).sample
    assert (ours_out - their_out).abs().max() < 1e-4 * their_out.abs().max() and math.isfinite(float(ours_out.sum()))
