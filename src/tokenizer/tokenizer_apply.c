/* Taking the components of tokenizer.json into a tokenizer: normalizers, pre-tokenizers, decoders.
 */
#include "tokenizer_reader.h"

#include <string.h>

/* What bilens cannot do is remembered, not refused: names can still be shown. */
static bool set_unknown(const char **what, const char *type)
{
    if (*what == NULL)
        *what = type;
    return true;
}

static bool add_normalize(struct tokenizer_reader *r, struct normalize_step step)
{
    struct normalize *n = &r->t->engine->normalize;

    if (n->count == NORMALIZE_MOST)
        return set_unknown(&r->t->unknown_step, "a longer sequence of normalizers");
    n->steps[n->count++] = step;
    return true;
}

static bool add_plain_normalize(struct tokenizer_reader *r, enum normalize_type type)
{
    return add_normalize(r, (struct normalize_step){.type = type});
}

static bool add_bert_normalize(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    if (s->clean)
        add_plain_normalize(r, NORMALIZE_CLEAN);
    if (s->cjk)
        add_plain_normalize(r, NORMALIZE_CJK);
    if (s->has_strip ? s->strip : s->lowercase) {
        add_plain_normalize(r, NORMALIZE_NFD);
        add_plain_normalize(r, NORMALIZE_STRIP_NONSPACING);
    }
    return !s->lowercase || add_plain_normalize(r, NORMALIZE_LOWERCASE);
}

/* Those with settings of their own. */
static bool add_set_normalize(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    const char *type = s->type.bytes;

    if (strcmp(type, "Strip") == 0)
        return add_normalize(r, (struct normalize_step){.type = NORMALIZE_STRIP,
                                                        .left = s->strip_left,
                                                        .right = s->strip_right});
    if (strcmp(type, "Prepend") == 0 && s->prepend.bytes != NULL)
        return add_normalize(
            r, (struct normalize_step){.type = NORMALIZE_PREPEND, .content = s->prepend});
    if (strcmp(type, "Precompiled") == 0)
        return s->charsmap.length == 0 ||
               add_normalize(r, (struct normalize_step){.type = NORMALIZE_PRECOMPILED,
                                                        .source = s->charsmap});
    if (strcmp(type, "Replace") == 0 && s->has_pattern && s->content.bytes != NULL) {
        if (!s->is_regex && strcmp(s->pattern.bytes, " ") == 0)
            r->t->space = s->content;
        return add_normalize(r, (struct normalize_step){.type = NORMALIZE_REPLACE,
                                                        .is_regex = s->is_regex,
                                                        .source = s->pattern,
                                                        .content = s->content});
    }
    return set_unknown(&r->t->unknown_step, type);
}

bool tokenizer_apply_normalizer(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    static const struct {
        const char *type;
        enum normalize_type step;
    } plain[] = {{"NFD", NORMALIZE_NFD},
                 {"NFC", NORMALIZE_NFC},
                 {"NFKD", NORMALIZE_NFKD},
                 {"NFKC", NORMALIZE_NFKC},
                 {"StripAccents", NORMALIZE_STRIP_MARKS},
                 {"Lowercase", NORMALIZE_LOWERCASE},
                 {"Nmt", NORMALIZE_NMT},
                 {"ByteLevel", NORMALIZE_BYTES}};
    const char *type = s->type.bytes;

    r->t->byte_level |= strcmp(type, "ByteLevel") == 0;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(type, plain[i].type) == 0)
            return add_plain_normalize(r, plain[i].step);
    }
    if (strcmp(type, "BertNormalizer") == 0)
        return add_bert_normalize(r, s);
    return add_set_normalize(r, s);
}

static bool add_split(struct tokenizer_reader *r, struct split_step step)
{
    struct split *split = &r->t->engine->split;

    if (split->count == SPLIT_MOST)
        return set_unknown(&r->t->unknown_step, "a longer sequence of pre-tokenizers");
    split->steps[split->count++] = step;
    return true;
}

static bool add_byte_level(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    /* GPT-2's. */
    static const char regex[] =
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    r->t->byte_level = true;
    if (s->prefix_space)
        add_split(r, (struct split_step){.type = SPLIT_PREPEND, .content = {" ", 1}});
    if (s->use_regex)
        add_split(r, (struct split_step){.type = SPLIT_AT,
                                         .behavior = SPLIT_ISOLATED,
                                         .is_regex = true,
                                         .source = {regex, sizeof regex - 1}});
    return add_split(r, (struct split_step){.type = SPLIT_BYTES});
}

/* In files older than prepend_scheme, add_prefix_space said it. */
static bool is_metaspace_never(const struct tokenizer_settings *s)
{
    return s->prepend_scheme.bytes == NULL ? !s->prefix_space
                                           : strcmp(s->prepend_scheme.bytes, "never") == 0;
}

static bool add_metaspace(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    bool first = s->prepend_scheme.bytes != NULL && strcmp(s->prepend_scheme.bytes, "first") == 0;

    r->t->space = s->replacement;
    add_split(r, (struct split_step){.type = SPLIT_SPACES, .content = s->replacement});
    if (!is_metaspace_never(s))
        add_split(r, (struct split_step){
                         .type = SPLIT_PREPEND, .only_first = first, .content = s->replacement});
    return !s->divide || add_split(r, (struct split_step){.type = SPLIT_AT,
                                                          .behavior = SPLIT_WITH_NEXT,
                                                          .source = s->replacement});
}

static bool read_behavior(const struct tokenizer_settings *s, enum split_behavior *out)
{
    static const char *const names[] = {[SPLIT_REMOVED] = "Removed",
                                        [SPLIT_ISOLATED] = "Isolated",
                                        [SPLIT_CONTIGUOUS] = "Contiguous",
                                        [SPLIT_WITH_PREVIOUS] = "MergedWithPrevious",
                                        [SPLIT_WITH_NEXT] = "MergedWithNext"};

    for (size_t i = 0; s->behavior.bytes != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(s->behavior.bytes, names[i]) == 0) {
            *out = (enum split_behavior)i;
            return true;
        }
    }
    return s->behavior.bytes == NULL;
}

static bool add_kind(struct tokenizer_reader *r, pattern_kind *kind, enum split_behavior behavior)
{
    return add_split(r, (struct split_step){.type = SPLIT_AT, .kind = kind, .behavior = behavior});
}

/* Those that look for kinds of code points; *known false for all others. */
static bool add_kinds(struct tokenizer_reader *r, const struct tokenizer_settings *s,
                      enum split_behavior behavior, bool *known)
{
    const char *type = s->type.bytes;

    *known = true;
    if (strcmp(type, "BertPreTokenizer") == 0)
        return add_kind(r, split_kind_space, SPLIT_REMOVED) &&
               add_kind(r, split_kind_punctuation, SPLIT_ISOLATED);
    if (strcmp(type, "WhitespaceSplit") == 0)
        return add_kind(r, split_kind_space, SPLIT_REMOVED);
    if (strcmp(type, "Punctuation") == 0)
        return add_kind(r, split_kind_punctuation, behavior);
    if (strcmp(type, "Digits") == 0)
        return add_kind(r, split_kind_number, s->individual ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS);
    if (strcmp(type, "Whitespace") == 0)
        return add_split(r, (struct split_step){.type = SPLIT_AT,
                                                .behavior = SPLIT_REMOVED,
                                                .invert = true,
                                                .runs = true,
                                                .kind = split_kind_word});
    *known = false;
    return true;
}

bool tokenizer_apply_pre_tokenizer(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    enum split_behavior behavior = SPLIT_ISOLATED;
    const char *type = s->type.bytes;
    bool known;

    if (!read_behavior(s, &behavior))
        return set_unknown(&r->t->unknown_step, type);
    if (!add_kinds(r, s, behavior, &known) || known)
        return known;
    if (strcmp(type, "ByteLevel") == 0)
        return add_byte_level(r, s);
    if (strcmp(type, "Metaspace") == 0 && s->replacement.length > 0)
        return add_metaspace(r, s);
    if (strcmp(type, "CharDelimiterSplit") == 0 && s->delimiter.length > 0)
        return add_split(r, (struct split_step){.type = SPLIT_AT,
                                                .behavior = SPLIT_REMOVED,
                                                .source = s->delimiter});
    if (strcmp(type, "Split") == 0 && s->has_pattern)
        return add_split(r, (struct split_step){.type = SPLIT_AT,
                                                .behavior = behavior,
                                                .invert = s->invert,
                                                .is_regex = s->is_regex,
                                                .source = s->pattern});
    return set_unknown(&r->t->unknown_step, type);
}

static bool add_decode(struct tokenizer_reader *r, struct decode_step step)
{
    struct decoder *d = &r->t->decoder;

    if (d->count == DECODE_MOST)
        return set_unknown(&r->t->unknown_decoder, "a longer sequence of decoders");
    d->steps[d->count++] = step;
    return true;
}

static bool known_decoder(struct tokenizer_reader *r, const struct tokenizer_settings *s,
                          struct decode_step *step)
{
    const char *type = s->type.bytes;

    if (strcmp(type, "WordPiece") == 0)
        *step =
            (struct decode_step){.type = DECODE_WORDPIECE,
                                 .cleanup = s->cleanup,
                                 .content = s->prefix.bytes ? s->prefix : (struct piece){"##", 2}};
    else if (strcmp(type, "BPEDecoder") == 0 && s->suffix.bytes != NULL)
        *step = (struct decode_step){.type = DECODE_BPE, .content = s->suffix};
    else if (strcmp(type, "Metaspace") == 0 && s->replacement.length > 0)
        *step = (struct decode_step){.type = DECODE_METASPACE,
                                     .content = s->replacement,
                                     .keep_first = is_metaspace_never(s)};
    else if (strcmp(type, "Strip") == 0 && s->content.bytes != NULL)
        *step = (struct decode_step){.type = DECODE_STRIP,
                                     .content = s->content,
                                     .start = (size_t)s->start,
                                     .stop = (size_t)s->stop};
    else if (strcmp(type, "Replace") == 0 && s->has_pattern && s->content.bytes != NULL)
        *step = (struct decode_step){.type = DECODE_REPLACE,
                                     .source = s->pattern,
                                     .content = s->content,
                                     .is_regex = s->is_regex};
    else
        return false;
    if (step->type == DECODE_METASPACE && r->t->space.bytes == NULL)
        r->t->space = s->replacement;
    return true;
}

bool tokenizer_apply_decoder(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    static const struct {
        const char *name;
        enum decode_type type;
    } plain[] = {
        {"ByteLevel", DECODE_BYTES}, {"ByteFallback", DECODE_BYTE_FALLBACK}, {"Fuse", DECODE_FUSE}};
    struct decode_step step;

    r->t->byte_level |= strcmp(s->type.bytes, "ByteLevel") == 0;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(s->type.bytes, plain[i].name) == 0)
            return add_decode(r, (struct decode_step){.type = plain[i].type});
    }
    if (!known_decoder(r, s, &step))
        return set_unknown(&r->t->unknown_decoder, s->type.bytes);
    return add_decode(r, step);
}
