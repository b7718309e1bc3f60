"""The spectral study of tests/bench/run, asked of PyTorch: peer.py MODEL_FOLDER thin|thin64|dense.

Prints {"load": seconds, line: {"compute": seconds, "values": one list for each head, layer or
table}, ...}. `thin` never builds a vocabulary x vocabulary matrix and keeps the QR factors of
the embedding and unembedding from line to line; `thin64` does the same with the small cores in
double precision, as bilens does; `dense` builds every matrix whole.
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
    with open(f"{folder}/tokenizer.json") as file:
        token = json.load(file)["model"]["vocab"]["game"]
    return config, tensors, token


class Study:
    def __init__(self, folder, how):
        config, tensors, self.token = load(folder)
        heads, d = config["n_head"], config["d_model"]
        self.dense, self.context = how == "dense", config["n_ctx"]
        self.core = torch.float64 if how == "thin64" else torch.float32
        self.e, self.u = tensors["transformer.wte.weight"], tensors["lm_head.weight"]
        qkv = tensors["transformer.h.0.attn.qkv.weight"].reshape(3, heads, d // heads, d)
        self.q, self.k, self.v = qkv
        self.o = tensors["transformer.h.0.attn.o.weight"].reshape(d, heads, d // heads).transpose(0, 1)
        self.left, self.right = tensors["transformer.h.0.mlp.w.weight"].chunk(2)
        self.p = tensors["transformer.h.0.mlp.o.weight"]
        self.known = {}

    def thin(self, name):
        """R of the thin QR of w_e' or w_u, remembered, in the cores' precision."""
        if name not in self.known:
            self.known[name] = torch.linalg.qr(getattr(self, name), mode="r").R.to(self.core)
        return self.known[name]

    def lag(self):
        x = self.e.mean(0)
        q, k = self.q @ x, self.k @ x
        half = q.shape[1] // 2
        theta = 10000.0 ** (-torch.arange(half) / half)
        turn = torch.arange(self.context)[:, None] * theta
        a = q[:, :half] * k[:, :half] + q[:, half:] * k[:, half:]
        b = q[:, half:] * k[:, :half] - q[:, :half] * k[:, half:]
        return list((turn.cos() @ a.T - turn.sin() @ b.T).T / q.shape[1] ** 0.5)

    def trace(self):
        if self.dense:
            return [torch.trace(self.e @ q.T @ k @ self.e.T)[None] for q, k in zip(self.q, self.k)]
        return list(((self.e @ self.q.mT) * (self.e @ self.k.mT)).sum((1, 2))[:, None])

    def product(self, left, right, r_left, r_right):
        """Singular values of left_h right_h' for each head; r_* are the same on R."""
        if self.dense:
            return [torch.linalg.svdvals(a @ b.T)[:a.shape[1]] for a, b in zip(left(), right())]
        a, b = torch.linalg.qr(r_left, mode="r").R, torch.linalg.qr(r_right, mode="r").R
        return list(torch.linalg.svdvals(a @ b.mT))

    def qk(self):
        return self.product(lambda: self.e @ self.q.mT, lambda: self.e @ self.k.mT,
                            self.thin("e") @ self.q.mT.to(self.core),
                            self.thin("e") @ self.k.mT.to(self.core))

    def ov(self):
        return self.product(lambda: self.u @ self.o, lambda: self.e @ self.v.mT,
                            self.thin("u") @ self.o.to(self.core),
                            self.thin("e") @ self.v.mT.to(self.core))

    def w_e(self):
        return [torch.linalg.svdvals(self.e if self.dense else self.thin("e"))]

    def w_u(self):
        return [torch.linalg.svdvals(self.u if self.dense else self.thin("u"))]

    def tokens(self):
        v = torch.linalg.svd(self.u if self.dense else self.thin("u"), full_matrices=False).Vh[0].float()
        out = self.u @ v
        sign = out[out.abs().argmax()].sign()
        read, out = self.e @ v * sign, out * sign
        return [torch.topk(x, 20, largest=high).values for x in (read, out) for high in (True, False)]

    def outputs(self):
        return ((self.e @ self.left.T) * (self.e @ self.right.T)) @ self.p.T

    def diagonal_values(self, x):
        if self.dense:
            return [torch.linalg.svdvals(self.u @ x.T)[:x.shape[1]]]
        r = torch.linalg.qr(x, mode="r").R.to(self.core)
        return [torch.linalg.svdvals(self.thin("u") @ r.T)]

    def diagonal(self):
        self.known["outputs"] = self.outputs()
        return self.diagonal_values(self.known["outputs"])

    def diagonal_residual(self):
        return self.diagonal_values(self.known["outputs"] + self.e)

    def form(self):
        a = self.p.T @ self.u[self.token]
        half = self.left.T @ (a[:, None] * self.right)
        return 0.5 * (half + half.T)

    def interaction(self):
        if self.dense:
            return [torch.linalg.eigvalsh(self.e @ self.form() @ self.e.T)]
        r = self.thin("e")
        return [torch.linalg.eigvalsh(r @ self.form().to(self.core) @ r.T)]

    def interaction_tokens(self):
        if self.dense:
            values, vectors = torch.linalg.eigh(self.e @ self.form() @ self.e.T)
        else:
            r = self.thin("e")
            values, vectors = torch.linalg.eigh(r @ self.form().to(self.core) @ r.T)
        order = values.abs().argsort(descending=True)[:3]
        vectors = vectors[:, order]
        if not self.dense:
            vectors = self.e @ torch.linalg.solve_triangular(r, vectors, upper=True).float()
        for z in vectors.T:
            for high in (True, False):
                torch.topk(z, 10, largest=high)
        return [values]


def main():
    folder, how = sys.argv[1:3]
    start = time.perf_counter()
    study = Study(folder, how)
    answer = {"load": time.perf_counter() - start}
    for line in ("lag", "trace", "qk", "ov", "w_e", "w_u", "tokens", "diagonal",
                 "diagonal_residual", "interaction", "interaction_tokens"):
        start = time.perf_counter()
        values = getattr(study, line)()
        compute = time.perf_counter() - start
        answer[line] = {"compute": compute, "values": [v.tolist() for v in values]}
    print(json.dumps(answer))


main()
