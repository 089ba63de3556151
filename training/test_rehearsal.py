"""The whole way in miniature: render, train both networks, stop, go on, end, export."""
import json
import subprocess
import sys
from pathlib import Path

import torch

from export import collect, export
from loop import Run, load_parts

HERE = Path(__file__).resolve().parent


def test_rehearsal_ends_in_a_complete_folder(tmp_path):
    run, out = tmp_path / "run", tmp_path / "gosling"
    subprocess.run([sys.executable, HERE / "train.py", "--preset", "rehearsal", "--out", run], check=True, cwd=tmp_path, timeout=900)
    export(out, collect(run, "rehearsal"))
    for part in ("transformer/diffusion_pytorch_model.safetensors", "vae/config.json", "text_encoder/model.safetensors",
                 "tokenizer/tokenizer.json", "scheduler/scheduler_config.json", "skein.json"):
        assert (out / part).stat().st_size > 0
    assert list(run.glob("samples-*.png")) and (run / "dit/latest").exists()
    assert len(json.loads((out / "vae/config.json").read_text())["latents_std"]) == 16


def small_run(folder, **settings):
    torch.manual_seed(0)
    model = torch.nn.Linear(8, 8)
    return Run(folder, model, [torch.optim.AdamW(model.parameters())], 1e-2, 2, **settings)


def advance(run, steps):
    for _ in range(steps):
        run.rate()
        loss = run.model(torch.ones(1, 8)).square().mean()
        loss.backward()
        for optimiser in run.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        run.after_step(loss)


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    straight = small_run(tmp_path / "a")
    advance(straight, 10)
    halves = small_run(tmp_path / "b")
    advance(halves, 5)
    halves.save()
    again = small_run(tmp_path / "b")
    assert again.step == 5
    advance(again, 5)
    assert torch.allclose(straight.model.weight, again.model.weight) and torch.allclose(straight.ema.weight, again.ema.weight)


def test_a_decay_can_be_asked_for_and_leaves_the_stable_state(tmp_path):
    run = small_run(tmp_path)
    advance(run, 5)
    (tmp_path / "decay").write_text("4")
    advance(run, 4)
    assert run.finished and run.rate() == 0
    run.keep_safe(every=0)
    run.finish()
    assert load_parts(tmp_path / "latest")["step"] == 5 and torch.load(tmp_path / "final.pt")["step"] == 9


def test_checkpoints_come_in_small_files(tmp_path):
    run = small_run(tmp_path)
    run.model.register_buffer("ballast", torch.randn(5 << 20))
    run.save()
    sizes = [p.stat().st_size for p in (tmp_path / "latest").iterdir()]
    assert len(sizes) == 2 and max(sizes) <= 16 << 20
    assert load_parts(tmp_path / "latest")["model"]["ballast"].shape == (5 << 20,)
