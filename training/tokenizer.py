"""A T5-layout Unigram tokenizer whose pieces are the grammar's words; every other word becomes `<unk>`."""
import json
import math
from pathlib import Path

from captions import vocabulary

SPECIAL = ("<pad>", "</s>", "<unk>")
MARKS = ".,!?"


def pieces():
    """[piece, log-probability] in id order."""
    words = ["▁" + word for word in vocabulary()]
    score = -math.log(len(words) + len(MARKS))
    return [[p, 0.0] for p in SPECIAL] + [[p, score] for p in [*MARKS, *words]]


def tokenizer_json():
    """tokenizer.json: lower case, words marked with ▁, Unigram, `</s>` at the end."""
    def special(index):
        return dict(id=index, content=SPECIAL[index], single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)

    end = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    metaspace = dict(type="Metaspace", replacement="▁", prepend_scheme="always", split=True)
    return dict(
        version="1.0", truncation=None, padding=None, added_tokens=[special(i) for i in range(len(SPECIAL))],
        normalizer=dict(type="Sequence", normalizers=[dict(type="NFKC"), dict(type="Lowercase")]),
        pre_tokenizer=dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), metaspace]),
        post_processor=dict(type="TemplateProcessing", single=[{"Sequence": {"id": "A", "type_id": 0}}, end],
                            pair=[{"Sequence": {"id": "A", "type_id": 0}}, end, {"Sequence": {"id": "B", "type_id": 0}}, end],
                            special_tokens={"</s>": dict(id="</s>", ids=[1], tokens=["</s>"])}),
        decoder=metaspace, model=dict(type="Unigram", unk_id=2, vocab=pieces(), byte_fallback=False))


def save_tokenizer(folder):
    """Write the three files of a diffusers `tokenizer/` folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = dict(pad_token="<pad>", eos_token="</s>", unk_token="<unk>", additional_special_tokens=[])
    added = {str(i): {k: v for k, v in t.items() if k != "id"} for i, t in enumerate(tokenizer_json()["added_tokens"])}
    files = {"tokenizer.json": tokenizer_json(), "special_tokens_map.json": names,
             "tokenizer_config.json": dict(names, added_tokens_decoder=added, clean_up_tokenization_spaces=False,
                                           model_max_length=512, padding_side="right", tokenizer_class="PreTrainedTokenizerFast")}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
