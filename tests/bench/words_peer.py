"""Greedy generation by PyTorch, for tests/bench/words: words_peer.py MODEL_FOLDER TOKENS ID...

The best way we know to go on token by token in eager PyTorch: keys and values remembered,
fused norms and attention, inference mode. Prints {"seconds": of the last of three runs, "ids": [...]}.
"""
import json
import struct
import sys
import time

import torch
import torch.nn.functional as F


def load(folder):
    with open(f"{folder}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    with open(f"{folder}/model.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            flat = torch.frombuffer(data[begin:end], dtype=torch.bfloat16).float()
            tensors[name] = flat.reshape(entry["shape"])
    return config, tensors


class Model:
    def __init__(self, folder, positions):
        config, t = load(folder)
        self.heads, self.d = config["n_head"], config["d_model"]
        self.k = self.d // self.heads
        self.embed, self.place = t["transformer.wte.weight"], t.get("transformer.wpe.weight")
        self.final, self.head = t["transformer.n_f.weight"], t["lm_head.weight"]
        self.layers = [{name.split(f".h.{i}.")[1]: w for name, w in t.items() if f".h.{i}." in name}
                       for i in range(config["n_layer"])]
        self.keys = [torch.zeros(self.heads, positions, self.k) for _ in self.layers]
        self.values = [torch.zeros(self.heads, positions, self.k) for _ in self.layers]
        half = self.k // 2
        turn = torch.outer(torch.arange(positions), 10000.0 ** (-torch.arange(half) / half))
        self.cos = torch.cat((turn.cos(), turn.cos()), -1)
        self.sin = torch.cat((-turn.sin(), turn.sin()), -1)

    def norm(self, x, gain):
        return F.rms_norm(x, (self.d,), gain, 1e-8)

    def rotate(self, x, p):
        return x * self.cos[p] + x.roll(self.k // 2, -1) * self.sin[p]

    def step(self, token, p):
        x = self.embed[token]
        if self.place is not None:
            x = x + self.place[p]
        for w, keys, values in zip(self.layers, self.keys, self.values):
            qkv = F.linear(self.norm(x, w["n1.weight"]), w["attn.qkv.weight"])
            q, k, values[:, p] = qkv.view(3, self.heads, self.k)
            if self.place is None:
                q, k = self.rotate(q, p), self.rotate(k, p)
            keys[:, p] = k
            z = F.scaled_dot_product_attention(q[:, None], keys[:, :p + 1], values[:, :p + 1])
            x = x + F.linear(z.reshape(self.d), w["attn.o.weight"])
            left, right = F.linear(self.norm(x, w["n2.weight"]), w["mlp.w.weight"]).chunk(2)
            x = x + F.linear(left * right, w["mlp.o.weight"])
        return F.linear(self.norm(x, self.final), self.head)


def grow(model, given, count):
    ids = list(given)
    for p, token in enumerate(ids):
        logits = model.step(token, p)
    while len(ids) < len(given) + count:
        ids.append(int(logits.argmax()))
        logits = model.step(ids[-1], len(ids) - 1)
    return ids


def main():
    folder, count, *given = sys.argv[1:]
    count, given = int(count), [int(i) for i in given]
    with torch.inference_mode():
        model = Model(folder, len(given) + count + 1)
        for _ in range(3):
            start = time.perf_counter()
            ids = grow(model, given, count)
            seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "ids": ids}))


main()
