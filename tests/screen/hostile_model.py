#!/usr/bin/env python3
"""hostile_model.py MODEL FOLDER ID...: a copy of a model whose tokens of these ids are what nobody
wants in a table: wide, combining, coloured, ringing, reversed.

The weights are linked, the tokenizer is rewritten.
"""

import json
import os
import sys

TOKENS = ("\u6f22\u5b57", "e\u0301a\u0308", "\U0001f389", "\x1b[31mred", "a\x07b", "\u202eevil",
          "x\ty", "\ud55c\uad6d", "\u0301start", "\x9b31m")


def main(model, folder, *ids):
    os.mkdir(folder)
    with open(os.path.join(model, "tokenizer.json"), encoding="utf-8") as file:
        tokenizer = json.load(file)
    names = {number: name for name, number in tokenizer["model"]["vocab"].items()}
    names.update(zip(map(int, ids), TOKENS))
    tokenizer["model"]["vocab"] = {name: number for number, name in sorted(names.items())}
    with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as file:
        json.dump(tokenizer, file)
    for name in "config.json", "model.safetensors":
        os.symlink(os.path.join(model, name), os.path.join(folder, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
