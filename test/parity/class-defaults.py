"""What diffusers and transformers take for keys that a config.json leaves out.

    PYTHONPATH=<diffusers>/src python class-defaults.py        # writes class-defaults.json
"""
import inspect
import json
from pathlib import Path

from diffusers import AutoencoderKLLTXVideo, AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, LTXVideoTransformer3DModel, WanTransformer3DModel
from transformers import CLIPVisionConfig, UMT5Config


def of_signature(kind):
    parameters = inspect.signature(inspect.unwrap(kind.__init__)).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}


kinds = [WanTransformer3DModel, AutoencoderKLWan, LTXVideoTransformer3DModel, AutoencoderKLLTXVideo, FlowMatchEulerDiscreteScheduler]
defaults = {kind.__name__: of_signature(kind) for kind in kinds}
for kind in (UMT5Config, CLIPVisionConfig):
    own = kind().to_dict()
    defaults[kind.__name__] = {key: value for key, value in sorted(own.items()) if isinstance(value, (int, float, str, bool))}
Path(__file__).with_suffix(".json").write_text(json.dumps(defaults, indent=1, default=str) + "\n")
