"""The shipped folder in diffusers' own pipeline, where diffusers is installed: same seed, same latents."""
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from evaluate import token_ids
from sample import generate
from train_dit import Gosling

FOLDER = Path(__file__).resolve().parent.parent / "models/gosling"
STEPS, SEED = 6, 7


def config(part):
    return json.loads((FOLDER / part / "config.json").read_text())


def shipped():
    """The networks and tokenizer of the folder, in our own modules."""
    t, u = config("transformer"), config("text_encoder")
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer/tokenizer.json"))
    model = Gosling(u["vocab_size"], dict(channels=t["in_channels"], heads=t["num_attention_heads"], head_dim=t["attention_head_dim"],
                                          layers=t["num_layers"], ffn=t["ffn_dim"]),
                    dict(dim=u["d_model"], heads=u["num_heads"], head_dim=u["d_kv"], wide=u["d_ff"], layers=u["num_layers"])).eval()
    for name, file in (("transformer", "diffusion_pytorch_model"), ("text_encoder", "model")):
        state = load_file(FOLDER / name / f"{file}.safetensors")
        getattr(model, name).load_state_dict({k: v.float() for k, v in state.items()})
    return model, tokenizer


def test_every_word_it_claims_to_know_has_a_piece():
    _, tokenizer = shipped()
    for options in json.loads((FOLDER / "skein.json").read_text())["knows"].values():
        for says in options.values():
            assert all(2 not in tokenizer.encode(phrase).ids for phrase in says)


@pytest.mark.parametrize("prompt", ["a big red ball moves right slowly in a meadow", "zorblax heart", ""])
def test_latents_are_those_of_wan_pipeline(prompt):
    diffusers = pytest.importorskip("diffusers")
    pipeline = diffusers.WanPipeline.from_pretrained(str(FOLDER), torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    defaults = json.loads((FOLDER / "skein.json").read_text())["defaults"]
    theirs = pipeline(prompt=prompt, negative_prompt="", height=defaults["height"], width=defaults["width"],
                      num_frames=defaults["frames"], num_inference_steps=STEPS, guidance_scale=defaults["guidance"],
                      generator=torch.Generator().manual_seed(SEED), output_type="latent").frames
    model, tokenizer = shipped()
    noise = torch.randn(theirs.shape, generator=torch.Generator().manual_seed(SEED))
    ours = generate(model, token_ids(tokenizer, [prompt]), noise, STEPS, defaults["guidance"], defaults["shift"],
                    empty=token_ids(tokenizer, [""]))
    assert (ours - theirs).abs().max() < 1e-3
