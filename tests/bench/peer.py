"""The questions of tests/bench/run, asked of PyTorch: peer.py MODEL_FOLDER thin|dense NAME.

Prints {"compute": seconds without the start of Python and the reading of the file,
"values": one list for each head or layer}.
"""
import json
import struct
import sys
import time

import torch


def load(folder):
    with open(f"{folder}/config.json") as file:
        config = json.load(file)
    with open(f"{folder}/model.safetensors", "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(data[begin:end], dtype=torch.bfloat16).float()
            tensors[name] = flat.reshape(entry["shape"])
    return config, tensors


def weights(config, tensors):
    heads, d = config["n_head"], config["d_model"]
    q, k, v = tensors["transformer.h.0.attn.qkv.weight"].reshape(3, heads, d // heads, d)
    o = tensors["transformer.h.0.attn.o.weight"].reshape(d, heads, d // heads).transpose(0, 1)
    left, right = tensors["transformer.h.0.mlp.w.weight"].chunk(2)
    return {"e": tensors["transformer.wte.weight"], "u": tensors["lm_head.weight"], "q": q, "k": k,
            "v": v, "o": o, "l": left, "r": right, "p": tensors["transformer.h.0.mlp.o.weight"]}


def product_values(left, right, how):
    """Singular values of left @ right.T for each head."""
    if how == "dense":
        return [torch.linalg.svdvals(a @ b.T)[:a.shape[1]] for a, b in zip(left, right)]
    r1, r2 = torch.linalg.qr(left, mode="r").R, torch.linalg.qr(right, mode="r").R
    return list(torch.linalg.svdvals(r1 @ r2.transpose(-1, -2)))


def answer(w, how, name, token):
    if name == "w_u":
        return [torch.linalg.svdvals(w["u"])]
    if name == "qk":
        return product_values(w["e"] @ w["q"].transpose(1, 2), w["e"] @ w["k"].transpose(1, 2), how)
    if name == "ov":
        return product_values(w["u"] @ w["o"], w["e"] @ w["v"].transpose(1, 2), how)
    a = w["p"].T @ w["u"][token]
    half = w["l"].T @ (a[:, None] * w["r"])
    form = 0.5 * (half + half.T)
    if how == "dense":
        return [torch.linalg.eigvalsh(w["e"] @ form @ w["e"].T)]
    r = torch.linalg.qr(w["e"], mode="r").R
    return [torch.linalg.eigvalsh(r @ form @ r.T)]


def main():
    folder, how, name = sys.argv[1:4]
    config, tensors = load(folder)
    with open(f"{folder}/tokenizer.json") as file:
        token = json.load(file)["model"]["vocab"]["game"]
    w = weights(config, tensors)
    start = time.perf_counter()
    values = answer(w, how, name, token)
    compute = time.perf_counter() - start
    print(json.dumps({"compute": compute, "values": [v.tolist() for v in values]}))


main()
