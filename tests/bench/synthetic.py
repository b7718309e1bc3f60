#!/usr/bin/env python3
"""Writes a bilinear checkpoint of any size, with random weights: model, config and vocabulary.

    tests/bench/synthetic.py FOLDER [--vocabulary V] [--d-model D] [--layers N] [--seed S]

The layout is that of examples/models/tinystories-1-256 (rotary, RMSNorm, untied), in BF16. The
weights are independent draws from the 256 quantiles of a normal distribution of variance 1/d_model,
so that every matrix has full rank and the singular values that random matrix theory gives it; gains
are 1.
Needs nothing but Python: a random byte chooses the quantile, and a character map turns all bytes
into 16-bit numbers at once, a second or so for the largest size that tests/bench/scale asks for.
"""
import argparse
import codecs
import json
import os
import random
import statistics
import struct

D_HEAD = 64
CHUNK = 1 << 20
SYLLABLES = [c + v for c in "bdfghjklmnprstvwyz" for v in ("a", "e", "i", "o", "u", "ou")]


def bf16(number):
    """The 16 bits of the nearest BF16 number."""
    bits = struct.unpack("<I", struct.pack("<f", number))[0]
    return bits + 0x7FFF + (bits >> 16 & 1) >> 16


def quantiles(deviation):
    """A character for each byte: the one whose code is the BF16 number of that quantile."""
    normal = statistics.NormalDist(0, deviation)
    values = [normal.inv_cdf((i + 0.5) / 256) for i in range(256)]
    # The middles of 256 strips vary a little less than the whole distribution.
    scale = deviation / (sum(v * v for v in values) / 256) ** 0.5
    return "".join(chr(bf16(v * scale)) for v in values)


def shapes(vocabulary, d, layers):
    """(tensor, shape) in the order of the file."""
    yield "transformer.wte.weight", (vocabulary, d)
    for n in range(layers):
        layer = f"transformer.h.{n}."
        yield layer + "attn.qkv.weight", (3 * d, d)
        yield layer + "attn.o.weight", (d, d)
        yield layer + "mlp.w.weight", (8 * d, d)
        yield layer + "mlp.o.weight", (d, 4 * d)
        yield layer + "n1.weight", (d,)
        yield layer + "n2.weight", (d,)
    yield "transformer.n_f.weight", (d,)
    yield "lm_head.weight", (vocabulary, d)


def elements(shape):
    return shape[0] * (shape[1] if len(shape) == 2 else 1)


def header(tensors):
    entries, end = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors:
        begin, end = end, end + 2 * elements(shape)
        entries[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def write_weights(path, tensors, d, seed):
    source, table = random.Random(seed), quantiles(d ** -0.5)
    with open(path, "wb") as file:
        file.write(header(tensors))
        for _, shape in tensors:
            left = elements(shape)
            if len(shape) == 1:
                file.write(struct.pack("<H", bf16(1.0)) * left)
                continue
            while left > 0:
                count = min(left, CHUNK)
                numbers, _ = codecs.charmap_decode(source.randbytes(count), "strict", table)
                file.write(numbers.encode("utf-16-le"))
                left -= count


def word(i):
    """The i-th made-up word: as many syllables as its number has digits, three or more."""
    syllables, base = [], len(SYLLABLES)
    while i > 0 or len(syllables) < 3:
        i, digit = divmod(i, base)
        syllables.append(SYLLABLES[digit])
    return "".join(reversed(syllables))


def tokenizer(vocabulary):
    words = ["[UNK]", *(word(i) for i in range(1, vocabulary))]
    return {"version": "1.0", "added_tokens": [], "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
            "model": {"type": "WordLevel", "unk_token": "[UNK]",
                      "vocab": {w: i for i, w in enumerate(words)}}}


def config(vocabulary, d, layers):
    return {"architectures": ["Transformer"], "model_type": "bilinear", "n_layer": layers,
            "n_head": d // D_HEAD, "n_ctx": 256, "d_model": d, "d_hidden": 4 * d, "bilinear": True,
            "torch_dtype": "bfloat16", "n_vocab": vocabulary, "rms": True, "norm_bias": False,
            "mlp_bias": False}


def write_model(folder, vocabulary, d_model, layers=1, seed=0):
    """Returns the size of the weights in bytes."""
    os.makedirs(folder, exist_ok=True)
    tensors = list(shapes(vocabulary, d_model, layers))
    weights = os.path.join(folder, "model.safetensors")
    write_weights(weights, tensors, d_model, seed)
    for name, content in (("config.json", config(vocabulary, d_model, layers)),
                          ("tokenizer.json", tokenizer(vocabulary))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
    return os.path.getsize(weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--d-model", type=int, default=256, help=f"a multiple of {D_HEAD}")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.d_model < D_HEAD or asked.d_model % D_HEAD != 0:
        parser.error(f"--d-model must be a multiple of {D_HEAD}")
    if asked.vocabulary < 1 or asked.layers < 1:
        parser.error("--vocabulary and --layers must be at least 1")
    write_model(asked.folder, asked.vocabulary, asked.d_model, asked.layers, asked.seed)


if __name__ == "__main__":
    main()
