#!/usr/bin/env python3
"""hostile_model.py [--marks] MODEL FOLDER ID...: a copy of a model whose tokens of these ids are what
nobody wants in a table: wide, combining, coloured, ringing, reversed; with --marks, of scripts that
write marks beside their letters, and such as look like others.

The weights are linked, the tokenizer is rewritten.
"""

import json
import os
import sys

TOKENS = ("\u6f22\u5b57", "e\u0301a\u0308", "\U0001f389", "\x1b[31mred", "a\x07b", "\u202eevil",
          "x\ty", "\ud55c\uad6d", "\u0301start", "\x9b31m")

MARKS = ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u09b2\u09be\u09df\u09be",
         "\u0ba4\u0bca\u0bb4\u0bbf\u0bb2", "\u0d37\u0d47\u0d27", "\u0915\u094d\u200d\u0937", "\u093e",
         "\u2764\ufe0f", "\U0001f469\u200d\U0001f467", "a\u00a0b", "\u1112\u1161\u11ab")


def main(model, folder, *ids):
    marks = model == "--marks"
    if marks:
        model, folder, ids = folder, ids[0], ids[1:]
    os.mkdir(folder)
    with open(os.path.join(model, "tokenizer.json"), encoding="utf-8") as file:
        tokenizer = json.load(file)
    names = {number: name for name, number in tokenizer["model"]["vocab"].items()}
    names.update(zip(map(int, ids), MARKS if marks else TOKENS))
    tokenizer["model"]["vocab"] = {name: number for number, name in sorted(names.items())}
    with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as file:
        json.dump(tokenizer, file)
    for name in "config.json", "model.safetensors":
        os.symlink(os.path.join(model, name), os.path.join(folder, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
